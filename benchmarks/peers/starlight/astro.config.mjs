// Both languages in one build, its own search (Pagefind), no list of all pages beside each.
import starlight from "@astrojs/starlight";
import { defineConfig, passthroughImageService } from "astro/config";

export default defineConfig({
  site: "https://scale.example",
  image: { service: passthroughImageService() },
  integrations: [
    starlight({
      title: "scale",
      defaultLocale: "zh",
      locales: { zh: { label: "中文", lang: "zh-CN" }, en: { label: "English", lang: "en" } },
      sidebar: [],
    }),
  ],
});
