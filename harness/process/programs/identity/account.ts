/** Who signs in is who they say they are. The same for a sign-in in a browser and for a token the harness makes itself. */
export const scopes = 'openid email profile';
export const accessTokenS = 3_600;

export const isName = (name: string) => /^[A-Za-z0-9._@-]{1,64}$/.test(name);

export interface Account {
  readonly sub: string;
  readonly email: string;
  readonly name: string;
}

export function accountOf(name: string): Account {
  return { sub: name, name, email: name.includes('@') ? name : `${name}@mail.example` };
}
