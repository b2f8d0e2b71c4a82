// SPDX-License-Identifier: GPL-2.0
/*
 * Compare two logs of one seed, call by call.
 *
 * A file of allowed differences may say where the two need not agree; each has
 * the name under which docs/differences.md gives the reason. It is made of
 * blocks: a name alone on its line, then indented lines with what has to match,
 * as extended regular expressions:
 *
 *   name-of-the-reason
 *	call  what the call's first line holds
 *	stock a line that only the first log has ("none": it has none here)
 *	ours  the line that the second has instead ("none": none)
 *	whole (the rest of that call's record may then differ, too)
 *	fewer (words of the line whose numbers may be less in the second log,
 *	      by their places; all others agree)
 */
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

#define SHOWN_BEFORE	5
#define SHOWN_PAIRS	12
#define SHOWN_LATER	6
#define NOTHING		"none"

struct lines {
	char **at;
	size_t count;
};

struct record {
	size_t first, count;	/* lines of a log */
};

struct log {
	struct lines lines;
	struct record *records;
	size_t count;
};

struct allowed {
	char name[64];
	bool has_call, has_stock, has_ours, whole;
	unsigned long fewer;	/* a bit a word */
	regex_t call, stock, ours;
	unsigned long used;
};

static struct allowed *allowed;
static size_t allowed_count;

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *buf;
	long n;

	if (!f || fseek(f, 0, SEEK_END))
		die("%s: %s", path, strerror(errno));
	n = ftell(f);
	if (n < 0)
		die("%s: %s", path, strerror(errno));
	rewind(f);
	buf = calloc(1, n + 1);
	if (!buf || fread(buf, 1, n, f) != (size_t)n)
		die("%s: cannot be read", path);
	fclose(f);
	return buf;
}

static struct lines split(char *text)
{
	struct lines l = { NULL, 0 };
	size_t room = 0;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		if (!*line)
			continue;
		if (l.count == room) {
			room = room ? room * 2 : 1024;
			l.at = realloc(l.at, room * sizeof(*l.at));
			if (!l.at)
				die("no memory");
		}
		l.at[l.count++] = line;
	}
	return l;
}

static struct log load(const char *path)
{
	struct log log = { split(read_file(path)), NULL, 0 };
	size_t i;

	log.records = calloc(log.lines.count + 1, sizeof(*log.records));
	if (!log.records)
		die("no memory");
	for (i = 0; i < log.lines.count; i++) {
		if (log.lines.at[i][0] == '@')
			log.records[log.count++].first = i;
		if (log.count)
			log.records[log.count - 1].count++;
	}
	return log;
}

static void compile(regex_t *re, bool *has, const char *pattern)
{
	int err = regcomp(re, pattern, REG_EXTENDED | REG_NOSUB);
	char why[128];

	if (err) {
		regerror(err, re, why, sizeof(why));
		die("%s: %s", pattern, why);
	}
	*has = true;
}

static unsigned long words_named(const char *places)
{
	unsigned long bits = 0, place;
	char *end;

	for (; (place = strtoul(places, &end, 10)) && place < 64; places = end)
		bits |= 1UL << place;
	if (!bits || *end)
		die("differences: fewer %s?", places);
	return bits;
}

/* Do two lines agree, but for numbers in the words @which that may be less in @b? */
static bool agree_but_fewer(const char *a, const char *b, unsigned long which)
{
	unsigned int place;
	size_t n, m;

	for (place = 1; *a || *b; place++) {
		a += strspn(a, " ");
		b += strspn(b, " ");
		n = strcspn(a, " ");
		m = strcspn(b, " ");
		if (n != m || memcmp(a, b, n)) {
			if (place >= 64 || !(which & 1UL << place) ||
			    strspn(a, "0123456789") != n || !n ||
			    strspn(b, "0123456789") != m || !m ||
			    strtoull(b, NULL, 10) > strtoull(a, NULL, 10))
				return false;
		}
		a += n;
		b += m;
	}
	return true;
}

static void allowed_line(char *line)
{
	struct allowed *a;
	char *value;

	if (line[0] != ' ' && line[0] != '\t') {
		allowed = realloc(allowed, (allowed_count + 1) * sizeof(*allowed));
		if (!allowed)
			die("no memory");
		a = &allowed[allowed_count++];
		memset(a, 0, sizeof(*a));
		snprintf(a->name, sizeof(a->name), "%s", line);
		return;
	}
	if (!allowed_count)
		die("differences: a pattern without a name");
	a = &allowed[allowed_count - 1];
	line += strspn(line, " \t");
	value = line + strcspn(line, " \t");
	if (*value)
		*value++ = 0;
	value += strspn(value, " \t");
	if (!strcmp(line, "call"))
		compile(&a->call, &a->has_call, value);
	else if (!strcmp(line, "stock"))
		compile(&a->stock, &a->has_stock, value);
	else if (!strcmp(line, "ours"))
		compile(&a->ours, &a->has_ours, value);
	else if (!strcmp(line, "whole"))
		a->whole = true;
	else if (!strcmp(line, "fewer"))
		a->fewer = words_named(value);
	else
		die("differences: %s?", line);
}

static void allowed_load(const char *path)
{
	struct lines l = split(read_file(path));
	size_t i;

	for (i = 0; i < l.count; i++)
		if (l.at[i][0] != '#')
			allowed_line(l.at[i]);
}

static bool fits(bool has, const regex_t *re, const char *line)
{
	return !has || !regexec(re, line, 0, NULL, 0);
}

static struct allowed *allowed_find(const char *call, const char *stock,
				    const char *ours)
{
	size_t i;

	for (i = 0; i < allowed_count; i++) {
		struct allowed *a = &allowed[i];

		if (fits(a->has_call, &a->call, call) &&
		    fits(a->has_stock, &a->stock, stock) &&
		    fits(a->has_ours, &a->ours, ours) &&
		    (!a->fewer || agree_but_fewer(stock, ours, a->fewer)))
			return a;
	}
	return NULL;
}

struct pair {
	const char *stock, *ours;
};

/*
 * The lines that are in one record and not in the other, in pairs. Records are
 * short, so the plain table of longest common subsequences will do.
 */
static size_t differ(char **a, size_t n, char **b, size_t m, struct pair *pairs)
{
	unsigned int *len = calloc((n + 1) * (m + 1), sizeof(*len));
	size_t i, j, count = 0, gap_a = 0, gap_b = 0;

	if (!len)
		die("no memory");
#define LEN(i, j) len[(i) * (m + 1) + (j)]
	for (i = n; i-- > 0;)
		for (j = m; j-- > 0;)
			LEN(i, j) = !strcmp(a[i], b[j]) ? LEN(i + 1, j + 1) + 1 :
				    LEN(i + 1, j) > LEN(i, j + 1) ?
				    LEN(i + 1, j) : LEN(i, j + 1);
	for (i = 0, j = 0; i < n || j < m;) {
		if (i < n && j < m && !strcmp(a[i], b[j])) {
			gap_a = count;
			gap_b = count;
			i++;
			j++;
		} else if (i < n && (j == m || LEN(i + 1, j) >= LEN(i, j + 1))) {
			if (gap_a == count) {
				pairs[count].ours = NOTHING;
				count++;
			}
			pairs[gap_a++].stock = a[i++];
		} else {
			if (gap_b == count) {
				pairs[count].stock = NOTHING;
				count++;
			}
			pairs[gap_b++].ours = b[j++];
		}
	}
#undef LEN
	free(len);
	return count;
}

static char **record_lines(struct log *log, size_t i)
{
	return log->lines.at + log->records[i].first;
}

static void show_before(struct log *log, size_t at)
{
	size_t i = at > SHOWN_BEFORE ? at - SHOWN_BEFORE : 0, k;

	for (; i <= at; i++) {
		char **l = record_lines(log, i);

		for (k = 0; k < log->records[i].count; k++)
			if (k == 0 || l[k][2] == '<' ||
			    (l[k][2] == '=' && i < at))
				printf("# %.400s\n", l[k]);
	}
}

static struct {
	unsigned long calls, lines, allowed, after;
	bool first_seen;
} sum;

static void compare_record(struct log *stock, struct log *ours, size_t i)
{
	size_t n = stock->records[i].count, m = ours->records[i].count, k, count;
	char **a = record_lines(stock, i), **b = record_lines(ours, i);
	struct pair *pairs;
	bool whole = false, bad = false;

	for (k = 0; n == m && k < n && !strcmp(a[k], b[k]); k++)
		;
	if (n == m && k == n)
		return;
	pairs = calloc(n + m, sizeof(*pairs));
	if (!pairs)
		die("no memory");
	count = differ(a, n, b, m, pairs);
	for (k = 0; k < count; k++) {
		struct allowed *f = allowed_find(a[0], pairs[k].stock,
						 pairs[k].ours);

		if (!f)
			continue;
		f->used++;
		whole |= f->whole;
		pairs[k].stock = NULL;
	}
	for (k = 0; k < count; k++)
		bad |= !whole && pairs[k].stock;
	sum.calls += bad;
	for (k = 0; k < count; k++) {
		if (whole || !pairs[k].stock) {
			sum.allowed++;
			continue;
		}
		sum.lines++;
		if (!sum.first_seen) {
			show_before(stock, i);
			sum.first_seen = true;
		} else if (sum.calls > 1 && sum.after < SHOWN_LATER) {
			printf("# later, at %.200s\n", a[0]);
			sum.after++;
		} else if (sum.calls > 1) {
			continue;
		}
		if (k < SHOWN_PAIRS) {
			printf("#   stock %.600s\n", pairs[k].stock);
			printf("#   ours  %.600s\n", pairs[k].ours);
		}
	}
	free(pairs);
}

int compare_main(int argc, char **argv)
{
	struct log stock, ours;
	size_t i, n;
	bool cut;

	if (argc < 5 || argc > 6)
		die("compare SEED LOG LOG [DIFFERENCES]");
	if (argc > 5)
		allowed_load(argv[5]);
	stock = load(argv[3]);
	ours = load(argv[4]);
	n = stock.count < ours.count ? stock.count : ours.count;
	cut = stock.count != ours.count;
	for (i = 0; i < n; i++)
		compare_record(&stock, &ours, i);
	if (cut) {
		struct log *longer = stock.count > ours.count ? &stock : &ours;

		printf("# the log of %s ends early, at call %zu\n",
		       longer == &stock ? "ours" : "stock", n);
		if (n)
			printf("# the last one: %.400s\n",
			       record_lines(longer, n - 1)[0]);
	}
	for (i = 0; i < allowed_count; i++)
		if (allowed[i].used)
			printf("# allowed %s %lu\n", allowed[i].name,
			       allowed[i].used);
	printf("# seed %s: %zu calls, %lu differ in %lu lines, %lu lines may\n",
	       argv[2], n ? n - 1 : 0, sum.calls, sum.lines, sum.allowed);
	return sum.calls || cut ? 1 : 0;
}
