// Talking to the server: the newest question wins, and what went wrong comes back in the words of the server.

export class Refusal extends Error {
  constructor({ code = "", what, why = "", remedy = "", where = "" }, status = 0) {
    super(what);
    Object.assign(this, { code, what, why, remedy, where, status });
  }
}

async function refusal(answer) {
  let said = null;
  try {
    said = await answer.json();
  } catch {
    // not JSON: the status alone must do
  }
  const found = said?.detail ?? said?.findings?.[0] ?? said ?? {};
  return new Refusal({ ...found, what: found.what ?? `The server answered ${answer.status}.` }, answer.status);
}

// A token that the address of the page carried is sent along, never shown again.
const headers = () => ({ "Content-Type": "application/json", Accept: "application/json" });

// Return the parsed answer. `onWait(seconds)` is called while the model is being compiled.
export async function ask(path, { body, method, signal, onWait } = {}) {
  for (;;) {
    let answer;
    try {
      answer = await fetch(path, { method: method ?? (body ? "POST" : "GET"), headers: headers(), body: body ? JSON.stringify(body) : undefined, signal, credentials: "same-origin" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Refusal({ what: "The server does not answer.", remedy: "Is `acinus serve` still running? Then try again." });
    }
    if (answer.ok) return answer.status === 204 ? null : answer.json();
    const wait = Number(answer.headers.get("Retry-After"));
    if ((answer.status === 503 || answer.status === 429) && wait > 0 && onWait) {
      onWait(answer.status);
      await new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, Math.min(wait, 3) * 1000);
        signal?.addEventListener("abort", () => {
          clearTimeout(timer);
          reject(new DOMException("newer question", "AbortError"));
        });
      });
      continue;
    }
    throw await refusal(answer);
  }
}

// Of many questions to one path only the newest is answered; older ones are given up.
export class Newest {
  #control = null;

  async ask(path, options) {
    this.#control?.abort();
    const control = new AbortController();
    this.#control = control;
    try {
      return await ask(path, { ...options, signal: control.signal });
    } catch (error) {
      if (error.name === "AbortError") return null;
      throw error;
    }
  }

  drop() {
    this.#control?.abort();
  }
}
