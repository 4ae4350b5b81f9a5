/** This repository as the project that is judged, whatever folder a test runs in. */
import { componentTypesOf } from '../harness/project/component-types.ts';
import { openProject } from '../harness/project/project.ts';
import { readSystem } from '../harness/project/system.ts';

export const project = openProject({ from: import.meta.dirname });
export const system = readSystem(project.systemFile);
/** What a sidecar must be able to load here. */
export const componentTypes = componentTypesOf(system);
