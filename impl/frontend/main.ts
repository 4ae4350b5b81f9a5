import { runService } from '#kit/service.ts';
import { frontendConfig, openFrontend } from './frontend.ts';

await runService('frontend', frontendConfig, openFrontend);
