import js from "@eslint/js";

// What the page's script uses of the browser; a name that is not here is a mistake.
const browser = ["document", "location", "navigator", "addEventListener", "getSelection"];

export default [
  {
    ...js.configs.recommended,
    files: ["src/**/*.js"],
    languageOptions: { ecmaVersion: 2023, sourceType: "script", globals: Object.fromEntries(browser.map((name) => [name, "readonly"])) },
    rules: {
      ...js.configs.recommended.rules,
      eqeqeq: "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "A run's texts enter the page as text." },
        { property: "outerHTML", message: "A run's texts enter the page as text." },
        { property: "insertAdjacentHTML", message: "A run's texts enter the page as text." },
      ],
    },
  },
];
