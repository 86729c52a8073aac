import express, { type Request, type Response, type Router } from 'express';
import type { Face } from './face.ts';
import { openApiOf } from './openapi.ts';
import { contextOf } from './request-context.ts';
import { sendAnswer } from './send-answer.ts';

/** `/openapi/{face}.json` of every face that is served here; built once. */
export function openApiRouter(faces: readonly Face[], publicUrl: string | null): Router {
  const router = express.Router({ caseSensitive: true, strict: false });
  for (const face of faces) {
    const path = `/openapi/${face.name}.json`;
    const text = JSON.stringify(openApiOf(face, publicUrl));
    router.get(path, async (req: Request, res: Response) => {
      const context = contextOf(res);
      context.face = 'ops';
      context.route = path;
      const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'public, max-age=60' };
      await sendAnswer(req, res, { status: 200, text, headers });
    });
  }
  return router;
}
