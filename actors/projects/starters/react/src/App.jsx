const name = "__NAME__";

export default function App() {
  return (
    <main>
      <h1>{name}</h1>
      <p>This is the start of your app. Its page is made in src/App.jsx.</p>
    </main>
  );
}
