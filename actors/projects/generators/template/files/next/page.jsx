import App from "../ui/App.jsx";

export default function Page() {
  return <App />;
}
