const name = "__NAME__";

export default function Page() {
  return (
    <main>
      <h1>{name}</h1>
      <p>This is the start of your app. Its page is made in app/page.jsx.</p>
    </main>
  );
}
