/** A file on its way: announced, sent to the address that was signed for it, judged by its bytes. */
import { sendJson } from "../lib/http";

export interface Asset {
  id: string;
  kind: "image" | "video" | "audio" | "document";
  state: string;
  filename: string;
  size: number;
  url: string | null;
  failure: string;
}

interface Announced {
  asset_id: string;
  upload_url: string;
}

export class UploadRefused extends Error {}

function reason(body: { detail?: string; fields?: Record<string, string> } | undefined): string {
  return Object.values(body?.fields ?? {})[0] ?? body?.detail ?? "The file could not be taken.";
}

/** Uploads and resolves with the asset when it is ready; raises UploadRefused with a sentence. */
export async function upload(file: File): Promise<Asset> {
  // Pictures are described in their block, where the description can be seen beside them.
  const announced = await sendJson<Announced & { detail?: string; fields?: Record<string, string> }>("/api/media/uploads", "POST", {
    filename: file.name || "pasted.png",
    size: file.size,
    content_type: file.type,
    decorative: true,
  });
  if (!announced.ok || !announced.body) throw new UploadRefused(reason(announced.body));
  const sent = await fetch(announced.body.upload_url, { method: "PUT", body: file });
  if (!sent.ok) throw new UploadRefused("The file did not arrive. Try again.");
  const done = await sendJson<Asset & { detail?: string }>(`/api/media/assets/${announced.body.asset_id}/complete`, "POST", {});
  if (!done.ok || !done.body) throw new UploadRefused(reason(done.body));
  if (done.body.state !== "ready") throw new UploadRefused("Files of this kind are not taken.");
  return done.body;
}
