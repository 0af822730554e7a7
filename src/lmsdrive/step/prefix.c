#include "prefix.h"

#include <string.h>

enum {
	LEAST_WORDS = 6,	/* fewer say too little about what follows */
	STRIDE = 101		/* a prime: the next seed is another place */
};

const char *const prefix_kinds[] = {
	"english", "code", "german", "arithmetic", NULL
};

/* Passages of each kind, parted by form feeds. */
static const char *const passages[] = {
	"The baker opened the shop before sunrise, as he had done every day "
	"for thirty years. He put the first loaves on the shelf, wiped the "
	"counter, and waited for the children who came by on their way to "
	"school. In winter the windows were covered with frost, and in summer "
	"the door stood open so that the smell of bread filled the whole "
	"street. Nobody in the village owned a clock that was as reliable as "
	"he was.\f"
	"Water boils at a lower temperature on a mountain than at the coast, "
	"because the air presses less on its surface. A cook who moves to the "
	"mountains soon learns that potatoes need more time there. The same "
	"reason makes a sealed pot faster: the steam cannot leave, the "
	"pressure rises, and the water gets hotter than it otherwise could. "
	"That is also why such a pot must have a valve.\f"
	"Dear Anna, thank you for your letter. The train was late again, so "
	"we missed the boat to the island and had to stay at the harbour for "
	"one night. The hotel was small but clean, and from the balcony we "
	"could see the lights of the ships. Tomorrow we will try to get "
	"tickets for the early ferry. Please tell your mother that we will "
	"bring her the books that she asked for.\f"
	"Every bridge has to carry two loads: its own weight, and whatever "
	"crosses it. In a long bridge the first is by far the larger. That is "
	"why engineers look for materials that are strong and light at the "
	"same time, and why the longest bridges hang from cables. A cable is "
	"only pulled, never bent, so that all of its steel does some work.",

	"#include <stdio.h>\n\nint\nmain(int argc, char *argv[])\n{\n\tint i, "
	"sum = 0;\n\n\tfor (i = 1; i < argc; i++)\n\t\tsum += atoi(argv[i]);\n"
	"\tprintf(\"%d\\n\", sum);\n\tif (sum < 0)\n\t\treturn 1;\n\treturn "
	"0;\n}\n\nstatic int\ncompare(const void *a, const void *b)\n{\n\tint x "
	"= *(const int *)a, y = *(const int *)b;\n\n\treturn (x > y) - (x < "
	"y);\n}\n\f"
	"import csv\n\ndef read_rows(path):\n    with open(path) as f:\n"
	"        return [row for row in csv.reader(f) if row]\n\ndef "
	"mean(values):\n    if not values:\n        raise ValueError(\"no "
	"values\")\n    return sum(values) / len(values)\n\nif __name__ == "
	"\"__main__\":\n    rows = read_rows(\"prices.csv\")\n    prices = "
	"[float(row[1]) for row in rows[1:]]\n    print(mean(prices))\n\f"
	"SELECT customer.name, COUNT(*) AS orders, SUM(item.price) AS total\n"
	"FROM customer JOIN purchase ON purchase.customer_id = customer.id\n"
	"JOIN item ON item.purchase_id = purchase.id\nWHERE purchase.day >= "
	"'2024-01-01' AND purchase.day < '2025-01-01'\nGROUP BY customer.name "
	"HAVING COUNT(*) > 3 ORDER BY total DESC LIMIT 10;\n\f"
	"function debounce(callback, delay) {\n  let timer = null;\n  return "
	"function (...args) {\n    clearTimeout(timer);\n    timer = "
	"setTimeout(() => callback.apply(this, args), delay);\n  };\n}\n\n"
	"const button = document.querySelector('#save');\n"
	"button.addEventListener('click', debounce(() => {\n  fetch('/save', { "
	"method: 'POST', body: JSON.stringify(state) })\n    .then(response => "
	"response.json())\n    .catch(error => console.error(error));\n}, "
	"200));\n",

	"Der alte Fischer ging jeden Morgen zum Hafen, auch wenn er schon "
	"lange nicht mehr hinausfuhr. Er setzte sich auf die Bank neben dem "
	"Leuchtturm, stopfte seine Pfeife und sah den Booten nach. Die Kinder "
	"fragten ihn nach dem Wetter, und meistens hatte er recht. Wenn der "
	"Wind aus Osten kam, schlug er den Kragen hoch und sagte, dass es "
	"morgen regnen werde.\f"
	"Wer eine Wohnung mietet, sollte den Vertrag genau lesen, bevor er "
	"unterschreibt. Darin steht, wie hoch die Miete ist, welche "
	"Nebenkosten dazukommen und mit welcher Frist man kündigen kann. Bei "
	"der Übergabe schreibt man gemeinsam auf, welche Mängel es gibt, damit "
	"es später keinen Streit darüber gibt, wer den Schaden bezahlen "
	"muss.\f"
	"Für den Teig mischt man Mehl, Butter, Zucker und ein Ei, knetet alles "
	"gut durch und stellt ihn eine Stunde lang kalt. Inzwischen schält man "
	"die Äpfel und schneidet sie in dünne Scheiben. Der Kuchen kommt bei "
	"mittlerer Hitze in den Ofen, bis er goldbraun ist. Am besten schmeckt "
	"er noch warm und mit etwas Sahne.",

	"12 + 7 = 19\n25 + 14 = 39\n31 + 48 = 79\n66 - 21 = 45\n90 - 37 = 53\n"
	"8 * 7 = 56\n9 * 12 = 108\n15 * 4 = 60\n144 / 12 = 12\n81 / 9 = 9\n"
	"100 - 58 = 42\n17 + 26 = 43\n\f"
	"Two apples and three apples are five apples. Ten pears less four "
	"pears are six pears. Seven boxes of eight eggs are fifty-six eggs. "
	"Half of ninety is forty-five. A train that goes 60 km in one hour "
	"goes 180 km in three hours. If a book costs 12 euros, five books "
	"cost 60 euros. Twenty per cent of 50 is 10.\f"
	"x + 3 = 10, so x = 7. 2x = 18, so x = 9. 3x + 1 = 13, so 3x = 12 and x "
	"= 4. x - 8 = 5, so x = 13. x / 4 = 6, so x = 24. 5x = 45, so x = 9. 10 "
	"- x = 3, so x = 7. 2, 4, 6, 8, 10, 12. 1, 4, 9, 16, 25, 36. 3, 6, 12, "
	"24, 48, 96. 1, 1, 2, 3, 5, 8, 13, 21."
};

static size_t
kind_of(const char *name)
{
	size_t i;

	for (i = 0; prefix_kinds[i] != NULL &&
	    strcmp(prefix_kinds[i], name) != 0; i++)
		;
	return i;
}

bool
prefix_is_kind(const char *name)
{
	return prefix_kinds[kind_of(name)] != NULL;
}

/* Is p behind a word that may be the last?  words: of its passage so far. */
static bool
is_cut(const char *p, int words)
{
	return words >= LEAST_WORDS && strchr(" \n\f", *p) != NULL &&
	    strchr(" \n\t", p[-1]) == NULL;
}

/* The n-th place to cut in text (NULL when there are fewer), whose passage
 * begins at *from; *count is how many there are up to it. */
static const char *
cut_at(const char *text, size_t n, const char **from, size_t *count)
{
	const char *p;
	int words = 0;

	*count = 0;
	*from = text;
	for (p = text + 1; *p != '\0'; p++) {
		words += strchr(" \n\f", *p) != NULL &&
		    strchr(" \n\t", p[-1]) == NULL;
		if (is_cut(p, words) && (*count)++ == n)
			return p;
		if (*p == '\f') {
			*from = p + 1;
			words = 0;
		}
	}
	return NULL;
}

uint64_t
prefix_place(const char *kind, uint64_t seed)
{
	const char *from;
	size_t n;

	cut_at(passages[kind_of(kind)], SIZE_MAX, &from, &n);
	return seed % n * STRIDE % n;
}

void
prefix_add(struct buf *out, const char *kind, uint64_t seed)
{
	const char *text = passages[kind_of(kind)], *from, *end;
	size_t count;

	end = cut_at(text, (size_t)prefix_place(kind, seed), &from, &count);
	buf_add(out, from, (size_t)(end - from));
}
