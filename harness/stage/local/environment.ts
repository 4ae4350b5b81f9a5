/** The environment of one replica: what the parts it needs are called, and who it is. */
import type { ServicePlan } from '../../project/system.ts';

export interface Surroundings {
  readonly databaseUrl: string;
  readonly identity?: {
    readonly issuer: string;
    readonly audience: string;
    /** The service that people sign in at. */
    readonly client: { readonly service: string; readonly id: string; readonly secret: string };
  };
  readonly publicUrl?: string;
  readonly mail?: { readonly smtpUrl: string; readonly pushHost: string; readonly caFile: string };
  readonly spansUrl?: string;
  /** What a sidecar shows its app, so that the app takes events and ticks from nobody else. */
  readonly appApiToken: string;
  readonly secret: (service: string, name: string) => string;
}

export interface ReplicaOf {
  readonly service: string;
  readonly replica: number;
  readonly appPort: number;
  readonly sidecarPort: number;
}

export function environmentOf(
  plan: ServicePlan,
  { service, replica, appPort, sidecarPort }: ReplicaOf,
  { databaseUrl, identity, publicUrl, mail, spansUrl, appApiToken, secret }: Surroundings,
): Record<string, string> {
  const needs = (need: ServicePlan['needs'][number]) => plan.needs.includes(need);
  return {
    SERVICE: service,
    REPLICA: String(replica),
    APP_PORT: String(appPort),
    DAPR_HTTP_PORT: String(sidecarPort),
    APP_API_TOKEN: appApiToken,
    ...(needs('postgres') && { DATABASE_URL: databaseUrl }),
    ...(publicUrl && { PUBLIC_URL: publicUrl }),
    ...(spansUrl && { ZIPKIN_URL: spansUrl }),
    ...(needs('identity') && identity && { OIDC_ISSUER: identity.issuer, OIDC_AUDIENCE: identity.audience }),
    ...(identity?.client.service === service && {
      OIDC_CLIENT_ID: identity.client.id,
      OIDC_CLIENT_SECRET: identity.client.secret,
    }),
    ...(needs('mail') && mail && { SMTP_URL: mail.smtpUrl, PUSH_HOSTS: mail.pushHost, NODE_EXTRA_CA_CERTS: mail.caFile }),
    ...Object.fromEntries((plan.secrets ?? []).map((name) => [name, secret(service, name)])),
    ...plan.env,
  };
}
