import "./globals.css";

export const metadata = { title: "__NAME__" };

export const viewport = { width: "device-width", initialScale: 1, colorScheme: "light dark" };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
