// Writes the model that the packaged weights belong to (BERT, as all-MiniLM-L6-v2 has it) as an ONNX
// graph: the ids of word pieces in, the mean of their states out.
// Operators: https://onnx.ai/onnx/operators/. Messages: onnx.proto3 of the same project.
import { field, type Fields, floatField, intField } from './protobuf.js';

export interface ModelConfig {
  hidden_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  layer_norm_eps: number;
}

interface TensorHeader {
  dtype: string;
  shape: number[];
  data_offsets: [from: number, to: number];
}

const IR_VERSION = 9;
const OPERATOR_SET = 20;
const [FLOAT, INT_64, FLOAT_16] = [1, 7, 10];

/**
 * Returns the bytes of the model. Its inputs are `ids` and `positions` (int64, one for each piece);
 * its output is `vector` (float).
 * @param weights in half precision, as a safetensors file
 * @throws Error when the file has other tensors
 */
export function toOnnxModel(weights: Buffer, config: ModelConfig): Buffer {
  const graph = new Graph(weights);
  const output = writeBert(graph, config);
  return graph.toModel(output, config.hidden_size);
}

function writeBert(graph: Graph, config: ModelConfig): string {
  const { hidden_size: size, num_attention_heads: heads, layer_norm_eps: epsilon } = config;
  const linear = (input: string, name: string): string => {
    const weight = graph.node('Transpose', [graph.weight(`${name}.weight`)], {
      ints: { perm: [1, 0] },
    });
    return graph.node('Add', [graph.node('MatMul', [input, weight]), graph.weight(`${name}.bias`)]);
  };
  const normalised = (input: string, name: string): string =>
    graph.node(
      'LayerNormalization',
      [input, graph.weight(`${name}.weight`), graph.weight(`${name}.bias`)],
      { floats: { epsilon } },
    );
  const byHead = graph.integers([0, heads, size / heads]);
  const joined = graph.integers([0, size]);
  const split = (input: string, perm: number[]): string =>
    graph.node('Transpose', [graph.node('Reshape', [input, byHead])], { ints: { perm } });
  const scale = graph.float(1 / Math.sqrt(size / heads));
  const attention = (input: string, name: string): string => {
    const query = split(graph.node('Mul', [linear(input, `${name}.query`), scale]), [1, 0, 2]);
    const key = split(linear(input, `${name}.key`), [1, 2, 0]);
    const value = split(linear(input, `${name}.value`), [1, 0, 2]);
    const weights = graph.node('Softmax', [graph.node('MatMul', [query, key])]);
    const mixed = graph.node('Transpose', [graph.node('MatMul', [weights, value])], {
      ints: { perm: [1, 0, 2] },
    });
    return graph.node('Reshape', [mixed, joined]);
  };

  const words = graph.node('Gather', [graph.weight('embeddings.word_embeddings.weight'), 'ids']);
  const places = graph.node('Gather', [
    graph.weight('embeddings.position_embeddings.weight'),
    'positions',
  ]);
  // A single text is of type 0.
  const type = graph.node('Slice', [
    graph.weight('embeddings.token_type_embeddings.weight'),
    graph.integers([0]),
    graph.integers([1]),
  ]);
  const sum = graph.node('Add', [graph.node('Add', [words, type]), places]);
  let states = normalised(sum, 'embeddings.LayerNorm');
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const name = `encoder.layer.${layer}`;
    const attended = linear(
      attention(states, `${name}.attention.self`),
      `${name}.attention.output.dense`,
    );
    states = normalised(
      graph.node('Add', [attended, states]),
      `${name}.attention.output.LayerNorm`,
    );
    const inner = graph.node('Gelu', [linear(states, `${name}.intermediate.dense`)]);
    const outer = linear(inner, `${name}.output.dense`);
    states = normalised(graph.node('Add', [outer, states]), `${name}.output.LayerNorm`);
  }
  return graph.node('ReduceMean', [states, graph.integers([0])], { ints: { keepdims: 0 } });
}

/** Collects the nodes and constants of a graph. Each call returns the name of a value. */
class Graph {
  private readonly nodes: Fields[] = [];
  private readonly constants: Fields[] = [];
  private readonly tensors: Record<string, TensorHeader>;
  private readonly data: Buffer;
  private values = 0;

  constructor(weights: Buffer) {
    const headerBytes = Number(weights.readBigUInt64LE(0));
    this.tensors = JSON.parse(weights.toString('utf8', 8, 8 + headerBytes)) as typeof this.tensors;
    this.data = weights.subarray(8 + headerBytes);
  }

  node(operator: string, inputs: string[], attributes: Attributes = {}): string {
    const output = this.newName();
    this.nodes.push(nodeField(operator, inputs, output, attributes));
    return output;
  }

  /** Adds a tensor of the file, as float. */
  weight(name: string): string {
    const tensor = this.tensors[name];
    if (tensor?.dtype !== 'F16') throw new Error(`the weights have no ${name} of type F16`);
    const half = this.constant(tensor.shape, FLOAT_16, this.data.subarray(...tensor.data_offsets));
    return this.node('Cast', [half], { ints: { to: FLOAT } });
  }

  integers(values: number[]): string {
    const bytes = Buffer.from(BigInt64Array.from(values, BigInt).buffer);
    return this.constant([values.length], INT_64, bytes);
  }

  float(value: number): string {
    return this.constant([], FLOAT, Buffer.from(Float32Array.of(value).buffer));
  }

  /** @param output the value that becomes the output `vector`, with so many dimensions */
  toModel(output: string, dimensions: number): Buffer {
    const graph = field(
      7,
      ...this.nodes,
      nodeField('Identity', [output], 'vector'),
      field(2, 'bert'),
      ...this.constants,
      field(11, valueInfo('ids', INT_64, field(2, 'pieces'))),
      field(11, valueInfo('positions', INT_64, field(2, 'pieces'))),
      field(12, valueInfo('vector', FLOAT, intField(1, dimensions))),
    );
    const operatorSet = field(8, intField(2, OPERATOR_SET));
    return Buffer.concat([...intField(1, IR_VERSION), ...graph, ...operatorSet]);
  }

  private constant(shape: number[], type: number, data: Buffer): string {
    const name = this.newName();
    const lengths = shape.flatMap((length) => intField(1, length));
    this.constants.push(field(5, lengths, intField(2, type), field(8, name), field(9, data)));
    return name;
  }

  private newName(): string {
    return `v${this.values++}`;
  }
}

interface Attributes {
  ints?: Record<string, number | number[]>;
  floats?: Record<string, number>;
}

function nodeField(
  operator: string,
  inputs: string[],
  output: string,
  { ints = {}, floats = {} }: Attributes = {},
): Fields {
  return field(
    1,
    inputs.flatMap((input) => field(1, input)),
    field(2, output),
    field(4, operator),
    Object.entries(ints).flatMap(([name, value]) => field(5, field(1, name), intValue(value))),
    Object.entries(floats).flatMap(([name, value]) =>
      field(5, field(1, name), floatField(2, value), intField(20, 1)),
    ),
  );
}

const intValue = (value: number | number[]): Fields =>
  Array.isArray(value)
    ? [...value.flatMap((one) => intField(8, one)), ...intField(20, 7)]
    : [...intField(3, value), ...intField(20, 2)];

/** Describes an input or output with one dimension. */
const valueInfo = (name: string, type: number, dimension: Fields): Fields => [
  ...field(1, name),
  ...field(2, field(1, intField(1, type), field(2, field(1, dimension)))),
];
