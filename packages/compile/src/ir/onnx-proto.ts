import * as module from 'onnx-proto';

/**
 * The messages of the ONNX file format.
 *
 * The package is CommonJS in a form whose named exports Node cannot find when an ES module imports it; bundlers can.
 */
export const { onnx } = 'onnx' in module ? module : (module as { default: typeof module }).default;
