// Days as the API has them, "2026-01-31", in the time zone of who looks.

/** The day of a Date. */
export function dayOf(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The Date of a day, at noon, where no clock change can move it to another day. */
export const dateOf = (day) => new Date(`${day}T12:00:00`);

export const today = () => dayOf(new Date());

/** The day so many days later, or earlier. */
export function shift(day, days) {
  const date = dateOf(day);
  date.setDate(date.getDate() + days);
  return dayOf(date);
}

/** How many days from today; negative in the past. */
export const daysFromNow = (day) => Math.round((dateOf(day) - dateOf(today())) / 86_400_000);

/** A day as people say it: "Today", "Tomorrow", "Fri 6 Nov". */
export function sayDay(day) {
  const distance = daysFromNow(day);
  if (distance >= -1 && distance <= 1) return ["Yesterday", "Today", "Tomorrow"][distance + 1];
  const year = day.slice(0, 4) === today().slice(0, 4) ? undefined : "numeric";
  return dateOf(day).toLocaleDateString(undefined, { weekday: "short", day: "numeric", month: "short", year });
}

export const weekday = (day, width = "short") => dateOf(day).toLocaleDateString(undefined, { weekday: width });

/** Reads what examples say: "today", "today-3", alone or in a list. */
export function resolve(value) {
  if (Array.isArray(value)) return value.map(resolve);
  const match = /^today([+-]\d+)?$/.exec(value);
  return match ? shift(today(), Number(match[1] ?? 0)) : value;
}
