// Checks checkpoints and inclusion proofs with @sigstore/verify, whose folder is the argument.
// Reads cases as JSON from standard input; answers with a list: null, or why it was refused.
const path = require("node:path");
const { createPublicKey } = require("node:crypto");

const folder = path.join(process.argv[2], "node_modules", "@sigstore", "verify", "dist", "tlog");
const { verifyCheckpoint } = require(path.join(folder, "checkpoint.js"));
const { verifyMerkleInclusion } = require(path.join(folder, "merkle.js"));

const bytes = (text) => Buffer.from(text, "base64");

function refusal({ log, checkpoint, index, entry, hashes }) {
  const publicKey = createPublicKey({ key: bytes(log.spki), format: "der", type: "spki" });
  // It looks a log up by the first bytes of its ID: in a note, those of the key.
  const logs = [{ logID: bytes(log.id), baseURL: log.name, publicKey }];
  const proof = { checkpoint: { envelope: checkpoint }, logIndex: index, hashes: hashes.map(bytes) };
  const found = { inclusionProof: proof, canonicalizedBody: bytes(entry) };
  try {
    verifyMerkleInclusion(found, verifyCheckpoint(found, logs));
    return null;
  } catch (fault) {
    return String(fault.message);
  }
}

let text = "";
process.stdin.on("data", (part) => (text += part));
process.stdin.on("end", () => process.stdout.write(JSON.stringify(JSON.parse(text).map(refusal))));
