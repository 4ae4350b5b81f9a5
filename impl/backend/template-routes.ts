/** The template API: parse with the schema of `contracts/http`, call the use-case, answer. */
import Router from '@koa/router';
import type { Middleware } from 'koa';
import type { TemplateCreate, TemplatePage, TemplatePatch } from '#contracts/types.ts';
import { listTemplates, readTemplate, type TemplateRow, templateOf } from '#domain/template-rows.ts';
import type { Postgres } from '#kit/postgres.ts';
import { schemaAt } from '#kit/schemas.ts';
import { bodyOf, type Call, limitOf, queryOf, rowIdOf, userIdOf } from '#kit/web/request.ts';
import { jsonBody } from '#kit/web/web.ts';
import { type Answer, rendered, send } from './answer.ts';
import { cursorOf, idOfCursor } from './cursor.ts';
import { answeringOnce } from './idempotency.ts';
import { etagOf, preconditionOf } from './preconditions.ts';
import { createTemplate, noTemplate, patchTemplate, removeTemplate } from './templates.ts';

export function templateRoutes({ postgres, requireOwner }: { postgres: Postgres; requireOwner: Middleware }): Router {
  const router = new Router({ prefix: '/api/:user_id/templates' });
  const once = answeringOnce(postgres);
  const toCreate = schemaAt<TemplateCreate>('http/template-create.json');
  const toPatch = schemaAt<TemplatePatch>('http/template-patch.json');
  router.use(requireOwner);

  router.post(
    '/',
    jsonBody,
    once(async (ctx, tx) => {
      const userId = userIdOf(ctx);
      const template = await createTemplate(tx, userId, bodyOf(ctx, toCreate));
      return answerOf(template, 201, { Location: `/api/${encodeURIComponent(userId)}/templates/${template.id}` });
    }),
  );

  router.get('/', async (ctx: Call) => {
    const userId = userIdOf(ctx);
    const query = queryOf(ctx, ['limit', 'cursor']);
    const rowsMax = limitOf(query.limit);
    const list = ['templates', userId];
    const beforeId = query.cursor === undefined ? null : idOfCursor(query.cursor, list);
    // One row more than asked for tells whether there is another page.
    const rows = await listTemplates(postgres.sql, userId, { beforeId, rowsMax: rowsMax + 1 });
    const items = rows.slice(0, rowsMax).map(templateOf);
    const last = items.at(-1);
    ctx.body = { items, next_cursor: rows.length > rowsMax && last ? cursorOf(last.id, list) : null } satisfies TemplatePage;
  });

  // Always sent whole: a tick changes what is shown here, and not the revision.
  router.get('/:id', async (ctx: Call) => {
    const id = templateIdOf(ctx);
    const template = (await readTemplate(postgres.sql, userIdOf(ctx), id)) ?? noTemplate(id);
    send(ctx, rendered(answerOf(template, 200, { 'Cache-Control': 'no-store' })));
  });

  router.patch(
    '/:id',
    jsonBody,
    once(async (ctx, tx) =>
      answerOf(await patchTemplate(tx, userIdOf(ctx), templateIdOf(ctx), bodyOf(ctx, toPatch), preconditionOf(header(ctx))), 200),
    ),
  );

  router.delete(
    '/:id',
    once(async (ctx, tx) => {
      await removeTemplate(tx, userIdOf(ctx), templateIdOf(ctx), preconditionOf(header(ctx)));
      return { status: 204 };
    }),
  );

  return router;
}

const answerOf = (template: TemplateRow, status: number, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { ...headers, ETag: etagOf(template.revision) },
  body: templateOf(template),
});

const templateIdOf = (ctx: Call): number => rowIdOf(ctx, 'TEMPLATE_NOT_FOUND');
const header = (ctx: Call) => (name: string) => ctx.get(name);
