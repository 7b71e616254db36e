import { type Fault, faultOf, throwFaults } from '@m3ae/errors';
import { fillTree, flattenTree, type NdArray, type Tree } from '@m3ae/tree';

/** Parameters that pictures pass through in every model of `@m3ae/transformer`. */
export const encoderPath =
  /^(clsToken|types\.encoderImage|imageEmbedding\..+|positions|inputNorm\..+|encoder\..+)$/;

/** What an error calls the setting of a model, e.g. `depth` as `model.depth`; by default as it is. */
export type SettingName = (name: string) => string;

/** Where parameters come from, for messages. */
export interface Taken {
  /** The file. */
  readonly name: string;
  readonly settingName?: SettingName;
}

const asItIs: SettingName = (name) => name;

function remedyFor(path: string, setting: SettingName): string {
  if (path.startsWith('types.')) return `Set ${setting('useTypeEmbedding')} to false, as that run did.`;
  if (path.startsWith('imageEmbedding.')) {
    return `Set ${setting('patchSize')} and ${setting('embedDim')} as that run did.`;
  }
  return `Set ${setting('size')}, embedDim, depth and mlpRatio as that run did.`;
}

/**
 * Puts the encoder of another model into fresh parameters; the rest stays fresh.
 *
 * @param params - Fresh parameters of any model.
 * @param arrays - Parameters of the other model by path; those that are no encoder's are passed over.
 * @throws InvalidInput with one fault for each encoder parameter that is missing, extra, misshapen or not finite.
 */
export function takeEncoder(
  params: Tree<NdArray>,
  arrays: Readonly<Record<string, NdArray>>,
  { name, settingName = asItIs }: Taken,
): Tree<NdArray> {
  const fresh = new Map(flattenTree<NdArray>(params));
  const wanted = [...fresh.keys()].filter((path) => encoderPath.test(path));
  const faults: Fault[] = [];
  for (const path of wanted) {
    const { shape } = fresh.get(path)!;
    const found = arrays[path];
    const place = `${path} of ${name}`;
    const remedy = remedyFor(path, settingName);
    if (found === undefined) {
      faults.push(faultOf(path, `in ${name}, shape [${shape}]`, undefined, remedy));
    } else if (found.shape.join() !== shape.join()) {
      faults.push(faultOf(place, `of shape [${shape}]`, `[${found.shape}]`, remedy));
    } else if (!found.data.every(Number.isFinite)) {
      faults.push(faultOf(place, 'finite', 'NaN or infinity', 'Choose an earlier checkpoint.'));
    } else {
      fresh.set(path, found);
    }
  }
  const surplus = Object.keys(arrays).filter((path) => encoderPath.test(path) && !fresh.has(path));
  for (const path of surplus) {
    const remedy = path.startsWith('types.')
      ? `Set ${settingName('useTypeEmbedding')} to true, as that run did.`
      : `Set ${settingName('depth')} as that run did.`;
    faults.push(faultOf(`${path} of ${name}`, 'a parameter of this model', 'one without a use', remedy));
  }
  throwFaults(faults);
  return fillTree<NdArray>(params, fresh);
}
