import idea from "../ui/idea.js";
import "./globals.css";

export const metadata = { title: idea.title, description: idea.tagline };

export const viewport = { width: "device-width", initialScale: 1, colorScheme: "light dark" };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
