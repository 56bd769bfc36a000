export default function Page() {
  return <h1>NAME</h1>;
}
