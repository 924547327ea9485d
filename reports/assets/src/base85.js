// Base 85 as Python's base64.b85encode writes it: five letters are four bytes.
const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
const values = Object.fromEntries([...LETTERS].map((letter, value) => [letter, value]));

export function bytes(text) {
  const missing = (5 - (text.length % 5)) % 5;
  const letters = text + "~".repeat(missing);
  const found = new DataView(new ArrayBuffer((letters.length / 5) * 4));
  for (let i = 0; i < letters.length; i += 5) {
    let word = 0;
    for (let j = i; j < i + 5; j++) word = 85 * word + values[letters[j]];
    found.setUint32((i / 5) * 4, word);
  }
  return new Uint8Array(found.buffer, 0, found.byteLength - missing);
}
