/** Same-origin requests. */

export interface Answer<T> {
  ok: boolean;
  /** 0 when the network, not the server, failed. */
  status: number;
  body: T | undefined;
}

async function bodyOf<T>(response: Response): Promise<T | undefined> {
  const type = response.headers.get("content-type") ?? "";
  return type.includes("json") ? ((await response.json()) as T) : undefined;
}

/** Sends JSON and never throws for a refused connection: `status` is 0 then. */
export async function sendJson<T = unknown>(
  url: string,
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  payload: unknown,
): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      credentials: "same-origin",
      keepalive: true,
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(payload),
    });
  } catch (error) {
    if (error instanceof TypeError) return { ok: false, status: 0, body: undefined };
    throw error;
  }
  return { ok: response.ok, status: response.status, body: await bodyOf<T>(response) };
}

/** Fetches JSON; undefined when it could not be had. */
export async function getJson<T>(url: string, signal?: AbortSignal): Promise<T | undefined> {
  const response = await fetch(url, {
    credentials: "same-origin",
    headers: { accept: "application/json" },
    ...(signal ? { signal } : {}),
  });
  return response.ok ? bodyOf<T>(response) : undefined;
}
