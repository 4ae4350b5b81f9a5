/** What the two tools written in Go share. */

/** The user's own Go settings must not decide what is built: no workspace, no vendor folder, no cross-compiling. */
export const goEnv: NodeJS.ProcessEnv = {
  GO111MODULE: 'on',
  GOWORK: 'off',
  GOFLAGS: '-mod=readonly -buildvcs=false',
  GOOS: '',
  GOARCH: '',
  CGO_ENABLED: '0',
};

let last: Promise<unknown> = Promise.resolve();
let compiling = 0;

/** A Go compile uses all processors by itself; two at once only take each other's memory. */
export function compileAlone<T>(step: (text: string) => void, compile: () => Promise<T>): Promise<T> {
  if (compiling > 0) step('waiting for the other compile');
  compiling += 1;
  const mine = last.then(compile).finally(() => {
    compiling -= 1;
  });
  last = mine.catch(() => undefined);
  return mine;
}
