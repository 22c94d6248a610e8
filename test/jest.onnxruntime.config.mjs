import base from './jest.config.mjs';

/** What needs onnxruntime-node, in an install of its own: `npm run test:onnxruntime`. */
export default { ...base, testRegex: '\\.onnx-spec\\.ts$' };
