// Both languages, no search, no list of all pages beside each; its faster bundler.
export default {
  title: "scale",
  url: "https://scale.example",
  baseUrl: "/",
  onBrokenLinks: "ignore",
  onBrokenAnchors: "ignore",
  onDuplicateRoutes: "ignore",
  i18n: { defaultLocale: "zh", locales: ["zh", "en"] },
  // Our text is Markdown with HTML, not MDX.
  markdown: { format: "md", hooks: { onBrokenMarkdownLinks: "ignore", onBrokenMarkdownImages: "ignore" } },
  future: { v4: true, faster: true },
  presets: [["classic", { docs: { routeBasePath: "/", sidebarPath: false }, blog: false, pages: false }]],
};
