import { pluralize } from '@m3ae/errors';
import { datasetFaults, listSome } from '../errors.js';
import { labelOf } from './classes.js';
import type { Pairing } from './pair.js';
import { pictureEndings } from './scan.js';
import type { ResolvedFolderSpec } from './spec.js';

/** @throws DatasetError listing everything that is wrong with a folder. */
export function refuseFaults(spec: ResolvedFolderSpec, pairing: Pairing, escaping: readonly string[]): void {
  const { rows, withoutPicture, withoutCaption, invalidText } = pairing;
  const faults = [...pairing.faults];
  if (escaping.length > 0) {
    faults.push(
      `These links lead out of the folder or nowhere: ${listSome(escaping)}. Copy the files into it.`,
    );
  }
  if (withoutPicture.length > 0) {
    const what = `${pluralize(withoutPicture.length, 'caption has', 'captions have')} no picture: ${listSome(withoutPicture)}`;
    faults.push(`${what}. Add the pictures or remove the captions.`);
  }
  if (withoutCaption.length > 0 && !spec.allowMissingCaptions) {
    const what = `${pluralize(withoutCaption.length, 'picture has', 'pictures have')} no caption: ${listSome(withoutCaption)}`;
    faults.push(`${what}. Add them, set allowMissingCaptions, or use captions: "none".`);
  }
  if (invalidText.length > 0 && spec.strictText) {
    faults.push(`These captions are not valid UTF-8: ${listSome(invalidText)}. Save them as UTF-8.`);
  }
  if (spec.labels !== 'none') {
    const unlabelled = rows.filter((row) => labelOf(spec, row) === undefined).map(({ place }) => place);
    const remedy =
      spec.labels === 'column' ? 'Fill the label column.' : 'Put each class into its own sub-folder.';
    if (unlabelled.length > 0) {
      faults.push(
        `${pluralize(unlabelled.length, 'picture has', 'pictures have')} no class: ${listSome(unlabelled)}. ${remedy}`,
      );
    }
  }
  if (rows.length === 0 && faults.length === 0) {
    faults.push(`It holds no pictures (${pictureEndings.join(', ')}). Check the path.`);
  }
  if (faults.length > 0) throw datasetFaults(`The folder ${spec.path} cannot be used`, faults);
}
