// The path that the app is served under, such as /app; nothing when it has an origin to itself.
const basePath = (process.env.BASE_PATH ?? "").replace(/\/+$/, "");

// Other origins that the dev server is reached through, such as a proxy's: host names, with commas between.
const origins = (process.env.ALLOWED_DEV_ORIGINS ?? "").split(",").filter(Boolean);

/** @type {import("next").NextConfig} */
const config = {
  output: "export",
  trailingSlash: true,
  basePath,
  env: { NEXT_PUBLIC_BASE_PATH: basePath },
  images: { unoptimized: true },
  devIndicators: false,
  allowedDevOrigins: ["localhost", "*.localhost", ...origins],
  turbopack: { root: import.meta.dirname },
};

export default config;
