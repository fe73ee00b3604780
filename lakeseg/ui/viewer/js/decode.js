// From the message's bytes to arrays and bitmaps (see payload.py for the layout).

export function readMessage(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { header, body: bytes.subarray(4 + length) };
}

async function decodeBlob(place, body) {
  const bytes = body.slice(place.offset, place.offset + place.length);
  if (place.encoding === "png") return createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Decodes each distinct blob once and keeps what the current scene uses.
export class Decoder {
  constructor() {
    this.kept = new Map(); // digest -> promise
  }

  blob(place, body) {
    if (!this.kept.has(place.digest)) this.kept.set(place.digest, decodeBlob(place, body));
    return this.kept.get(place.digest);
  }

  // {name: array or bitmap} of one panel; a panel that cannot be decoded becomes a message.
  async panel(panel, body) {
    try {
      const entries = Object.entries(panel.blobs ?? {});
      const decoded = await Promise.all(entries.map(([, place]) => this.blob(place, body)));
      return { ...panel, data: Object.fromEntries(entries.map(([name], i) => [name, decoded[i]])) };
    } catch {
      return { ...panel, kind: "message", message: "This picture could not be decoded: reload the page", data: {} };
    }
  }

  keepOnly(panels) {
    const used = new Set(panels.flatMap((panel) => Object.values(panel.blobs ?? {}).map((place) => place.digest)));
    for (const digest of this.kept.keys()) if (!used.has(digest)) this.kept.delete(digest);
  }
}
