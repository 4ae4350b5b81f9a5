/** The provider's pages. Each says that this is for development: there is no password. */
import { html, type Markup, page, trusted } from '../html.ts';

const note = html`<p class="note">For development only: whoever knows the address can sign in under any name.</p>`;

export function signInPage({ uid, name, problem }: { uid: string; name: string; problem?: string }): string {
  const told = problem === undefined ? '' : html`<p id="problem" class="bad" role="alert">${problem}</p>`;
  return sheet(
    'Sign in',
    html`<p>Choose any user name. No password is needed.</p>
      <form method="post" action="/interaction/${uid}">
        <label for="name">User name</label>
        <input
          id="name"
          name="name"
          value="${name}"
          required
          maxlength="64"
          autocomplete="username"
          autocapitalize="none"
          spellcheck="false"
          autofocus
          aria-describedby="hint${problem === undefined ? '' : ' problem'}"
          ${problem === undefined ? '' : html` aria-invalid="true"`}
        />
        <p class="soft" id="hint">Letters, digits and . _ @ -; an e-mail address is fine.</p>
        ${told}
        <button>Sign in</button>
      </form>
      ${note}`,
  );
}

/** Clicks its own button: the question "really?" would only be in the way here. Without scripts the button is there to be clicked. */
export function signOutPage(form: string): string {
  return sheet(
    'Signing out',
    html`${trusted(form)}<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`,
    '/sign-out.js',
  );
}

export const signedOutPage = () => sheet('Signed out', html`<p>You are signed out. This page can be closed.</p>`);

export const problemPage = (error: string, description: string) =>
  sheet(
    'This did not work',
    html`<p>${description || 'The request could not be understood.'}</p>
      <p class="soft">Go back to the application and begin again. For its developers: <code>${error}</code></p>`,
  );

function sheet(title: string, body: Markup, script?: string): string {
  return page({
    title,
    body: html`<main class="narrow">
      <div class="sheet">
        <h1>${title}</h1>
        ${body}
      </div>
    </main>`,
    ...(script !== undefined && { script }),
  });
}
