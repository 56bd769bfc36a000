"""Twenty prompts, written down before anybody looked at what they give."""

PROMPTS = (
    "I'd like something where my flatmates and I can see whose turn it is to take out the trash",
    "a place to jot down ideas for my novel, with tags so I can find them again",
    "Make a simple app to track how much I spend on coffee every month, in euros",
    "Help me quit smoking: I want to tick each smoke-free day and see my streak",
    "Kanban for a three-person design studio",
    "we need to decide which movie to watch on friday night, let everyone vote",
    "Create a Next.js app for tracking plants I own and when they were last watered",
    "React app: flashcards to learn Italian verbs",
    "Calendar of my daughter's football matches and trainings, with place and time",
    "Pomodoro clock with a history of what I worked on",
    "I measure my blood pressure every morning, show me a graph",
    "recipe box for grandma's recipes, with ratings and a search",
    "Eine App, mit der ich meine Ausgaben im Blick behalte",
    "Lista de compras para la familia",
    "Our little bakery takes cake orders by phone. I need to know what is ordered, for when, and whether it is paid",
    "bug tracker",
    "Things to pack for a hiking trip with two kids",
    "wine cellar",
    "A diary. Private, plain, one entry a day.",
    "Build me a website where people at work can sign up for the summer party and say what food they bring",
)
"""What people ask for."""
