import express, { type Request, type Response, type Router } from 'express';
import { type ApiDocument, type DocumentedFace, docsIndex, docsOfFace } from './docs-page.ts';
import { DOCS_STYLE } from './docs-style.ts';
import type { Face } from './face.ts';
import { MOUNTS } from './mount-table.ts';
import { openApiOf } from './openapi.ts';
import { contextOf } from './request-context.ts';
import { sendAnswer } from './send-answer.ts';

/** Nothing but our own style sheet: no script, no frame, no form, nobody else's server. */
const CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** `/docs`: pages made of the very documents at `/openapi/{face}.json`, of the faces that are served here; built once. */
export function docsRouter(faces: readonly Face[], publicUrl: string | null): Router {
  const router = express.Router({ caseSensitive: true, strict: false });
  const serve = (path: string, mediaType: string, text: string): void => {
    router.get(path, async (req: Request, res: Response) => {
      const context = contextOf(res);
      context.face = 'ops';
      context.route = path;
      const headers = {
        'Content-Type': `${mediaType}; charset=utf-8`,
        'Content-Security-Policy': CONTENT_SECURITY_POLICY,
        'Cache-Control': 'public, max-age=60',
      };
      await sendAnswer(req, res, { status: 200, text, headers });
    });
  };
  const documented = faces.map((face) => documentedFace(face, publicUrl));
  serve('/docs', 'text/html', docsIndex(documented));
  serve('/docs/style.css', 'text/css', DOCS_STYLE);
  for (const face of documented) serve(`/docs/${face.name}`, 'text/html', docsOfFace(face));
  return router;
}

const documentedFace = (face: Face, publicUrl: string | null): DocumentedFace => ({
  name: face.name,
  document: openApiOf(face, publicUrl) as unknown as ApiDocument,
  mountSuffixes: MOUNTS.filter((mount) => mount.face === face.name).map(({ operationIdSuffix }) => operationIdSuffix),
});
