// Loads what runs the local model: onnxruntime-node where it is installed, else the WASM engine.
import type { Engine, Weights } from './local-model.js';
import { createOnnxEngine, type OnnxRuntime, type Tokenizers } from './onnx-engine.js';

/** Names of packages, or paths of files to import. */
export interface LocalPackages {
  weights: string;
  wasm: string;
  onnxruntime: string;
  tokenizers: string;
}

export type EngineName = 'onnxruntime' | 'wasm';

interface WasmPackage {
  createEmbedder: (options: { model: Weights }) => Promise<{
    embed: (texts: string[]) => Promise<number[][]>;
  }>;
}

/** The message is the name of the package. */
export class MissingPackage extends Error {}

/** @throws MissingPackage */
export async function loadEngine(
  packages: LocalPackages,
): Promise<{ name: EngineName; embed: Engine }> {
  const weights = (await load<{ default: Weights }>(packages.weights)).default;
  // It may be installed for another system, too. Then it cannot be loaded.
  const onnx = await loadOnnxEngine(packages, weights).catch(() => null);
  if (onnx) return { name: 'onnxruntime', embed: onnx };
  const wasm = await load<WasmPackage>(packages.wasm);
  const embedder = await wasm.createEmbedder({ model: weights });
  return { name: 'wasm', embed: async (text) => (await embedder.embed([text]))[0]! };
}

async function loadOnnxEngine(packages: LocalPackages, weights: Weights): Promise<Engine> {
  const [onnxruntime, tokenizers] = await Promise.all([
    load<{ default: OnnxRuntime }>(packages.onnxruntime),
    load<Tokenizers>(packages.tokenizers),
  ]);
  return createOnnxEngine(onnxruntime.default, tokenizers, weights);
}

// Imported by variable names, so that the build does not need these optional packages.
async function load<Package>(name: string): Promise<Package> {
  try {
    return (await import(name)) as Package;
  } catch (error) {
    // Recognised by message: loaders other than Node's own set no code.
    if (/^Cannot find (package|module)/.test((error as Error).message))
      throw new MissingPackage(name);
    throw error;
  }
}
