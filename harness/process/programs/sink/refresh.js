// Looks every two seconds whether something came in, and changes the page only then: no reader is interrupted for nothing.
/* global DOMParser, document, fetch, setInterval */
setInterval(async () => {
  const answer = await fetch('/').catch(() => undefined);
  // A sink that is down for a moment leaves the page as it is.
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const id of ['lists', 'counts']) {
    const [now, then] = [fresh.getElementById(id), document.getElementById(id)];
    if (now.innerHTML === then.innerHTML) continue;
    const focused = document.activeElement?.id;
    then.replaceChildren(...now.childNodes);
    if (focused) document.getElementById(focused)?.focus();
  }
}, 2_000);
