import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** Where browsers put the description of SwiftShader, a Vulkan that needs no GPU. */
const places = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];

/** Lets WebGPU find SwiftShader, if a browser has brought it and nobody has chosen another Vulkan. */
export function useSoftwareVulkan(): void {
  const file = places.map((folder) => `${folder}/vk_swiftshader_icd.json`).find((each) => existsSync(each));
  if (file !== undefined) process.env.VK_ICD_FILENAMES ??= file;
  process.env.XDG_RUNTIME_DIR ??= tmpdir();
}
