/** Shows reminders while no page is open. It caches nothing: the page is small, and an old one would lie. */
self.addEventListener('push', (event) => event.waitUntil(show(event.data)));
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(openPage(event.notification.data?.task_id ?? null));
});

/** @param {PushMessageData | null} message */
async function show(message) {
  const { title, body, task_id } = contentOf(message);
  // One task is one notification: a later reminder of it takes the place of the earlier one.
  const tag = task_id === null ? 'todo' : `task-${task_id}`;
  await self.registration.showNotification(title, { body, tag, data: { task_id }, icon: '/favicon.svg', badge: '/favicon.svg' });
}

/** A push that can't be read must still be shown: the browser would show its own, worse one. */
function contentOf(message) {
  const fallback = { title: 'Reminder', body: 'A task is due. Open Todo to see it.', task_id: null };
  try {
    return { ...fallback, ...message?.json() };
  } catch {
    return fallback;
  }
}

/** The address is made here: a message from outside may name a task, not a place. @param {number | null} taskId */
async function openPage(taskId) {
  const path = Number.isInteger(taskId) ? `/#task-${taskId}` : '/#tasks';
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const open = pages.find((page) => new URL(page.url).origin === self.location.origin);
  if (!open) return void (await self.clients.openWindow(path));
  await open.focus();
  // Refused for a page that was there before this worker was; then it at least is in front.
  await open.navigate(path).catch(() => {});
}
