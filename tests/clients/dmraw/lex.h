/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words of a dmraw script line.
 *
 * A line is split at blanks. "double quotes" keep blanks and know the escapes
 * \n \t \\ \" and \xHH (so a word may hold NUL bytes, hence the length).
 * %{name} is replaced by a variable. A word of the form key=value or
 * key~=value is split into key and value. A value @c123 stands for the
 * character c, 123 times.
 */
#ifndef DMRAW_LEX_H
#define DMRAW_LEX_H

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEX_WORDS 256
#define LEX_VARS 64

struct word {
	char *key;		/* NULL for a plain word */
	char *val;		/* always NUL-terminated behind len bytes */
	size_t len;
	bool glob;		/* written with ~= */
};

struct line {
	struct word w[LEX_WORDS];
	int n;
	char *text;		/* as written, for messages */
	int number;
};

static const char *script_name = "?";
static int script_line;

static inline void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "dmraw: %s:%d: ", script_name, script_line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

static inline void *xalloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	if (!p)
		die("out of memory");
	return p;
}

static struct lex_var {
	char name[32];
	char value[4096];
} lex_vars[LEX_VARS];

static const char *var_get(const char *name)
{
	for (int i = 0; i < LEX_VARS; i++)
		if (lex_vars[i].name[0] && !strcmp(lex_vars[i].name, name))
			return lex_vars[i].value;
	die("no variable '%s'", name);
}

static void var_set(const char *name, const char *value)
{
	struct lex_var *v = NULL;

	for (int i = 0; i < LEX_VARS; i++) {
		if (!strcmp(lex_vars[i].name, name)) {
			v = &lex_vars[i];
			break;
		}
		if (!v && !lex_vars[i].name[0])
			v = &lex_vars[i];
	}
	if (!v)
		die("too many variables");
	snprintf(v->name, sizeof(v->name), "%s", name);
	snprintf(v->value, sizeof(v->value), "%s", value);
}

static int hex_digit(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	c = tolower((unsigned char)c);
	if (c < 'a' || c > 'f')
		die("bad hex digit '%c'", c);
	return c - 'a' + 10;
}

/* One escape behind a backslash at *s; leaves *s on its last character. */
static char lex_escape(const char **s)
{
	switch (**s) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'x':
		*s += 2;
		return hex_digit((*s)[-1]) << 4 | hex_digit((*s)[0]);
	default:
		return **s;
	}
}

/* Expands %{name} at *s into out; leaves *s on the closing brace. */
static size_t lex_var_expand(const char **s, char *out, size_t room)
{
	const char *e = strchr(*s, '}');
	char name[32];
	size_t n;

	if (!e || (size_t)(e - *s - 2) >= sizeof(name))
		die("bad variable reference");
	memcpy(name, *s + 2, e - *s - 2);
	name[e - *s - 2] = 0;
	*s = e;
	n = strlen(var_get(name));
	if (n > room)
		die("word too long");
	memcpy(out, var_get(name), n);
	return n;
}

static void word_repeat(struct word *w)
{
	char *end;
	unsigned long n;
	char c;

	if (w->len < 3 || w->val[0] != '@' || !isdigit((unsigned char)w->val[2]))
		return;
	n = strtoul(w->val + 2, &end, 10);
	if (*end)
		return;
	c = w->val[1];
	free(w->val);
	w->val = xalloc(n + 1);
	memset(w->val, c, n);
	w->len = n;
}

/* Reads one word at *s (which is not a blank) and moves *s behind it. */
static void word_read(const char **sp, struct word *w)
{
	size_t room = strlen(*sp) + 8192, n = 0, val = 0;
	char *buf = xalloc(room + 1);
	const char *s = *sp;
	bool quoted = false, key = false, plain = true;

	for (; *s && (quoted || !isspace((unsigned char)*s)); s++) {
		if (*s == '"') {
			quoted = !quoted;
			plain = false;
		} else if (quoted && *s == '\\') {
			s++;
			buf[n++] = lex_escape(&s);
		} else if (*s == '%' && s[1] == '{') {
			n += lex_var_expand(&s, buf + n, room - n);
		} else if (*s == '=' && plain && !key && n && s[1] != '>') {
			key = true;
			w->glob = buf[n - 1] == '~';
			buf[n - w->glob] = 0;
			buf[n++] = 0;
			val = n;
		} else {
			plain = plain && (islower((unsigned char)*s) || *s == '~' || *s == '_');
			buf[n++] = *s;
		}
		if (n + 4 >= room)
			die("word too long");
	}
	if (quoted)
		die("no closing quote");
	w->len = n - val;
	w->val = xalloc(w->len + 1);
	memcpy(w->val, buf + val, w->len);
	w->key = key ? strdup(buf) : NULL;
	free(buf);
	word_repeat(w);
	*sp = s;
}

/* The line as it is run, for messages: without indentation, with its variables. */
static char *line_text(const char *s)
{
	size_t room = strlen(s) + 8192, n = 0;
	char *text = xalloc(room + 1);

	while (isspace((unsigned char)*s))
		s++;
	for (; *s && n + 8 < room; s++) {
		if (*s == '%' && s[1] == '{')
			n += lex_var_expand(&s, text + n, room - n);
		else
			text[n++] = *s;
	}
	return text;
}

static struct line *line_read(const char *text, int number)
{
	struct line *l = xalloc(sizeof(*l));
	const char *s = text;

	while (isspace((unsigned char)*s))
		s++;
	if (*s != '#')
		l->text = line_text(s);
	l->number = number;
	for (;;) {
		while (isspace((unsigned char)*s))
			s++;
		if (!*s || *s == '#')
			return l;
		if (l->n == LEX_WORDS)
			die("too many words");
		word_read(&s, &l->w[l->n++]);
	}
}

static void line_free(struct line *l)
{
	for (int i = 0; i < l->n; i++) {
		free(l->w[i].key);
		free(l->w[i].val);
	}
	free(l->text);
	free(l);
}

static bool word_is(const struct word *w, const char *key)
{
	return w->key && !strcmp(w->key, key);
}

static uint64_t word_number(const struct word *w)
{
	char *end;
	uint64_t n = strtoull(w->val, &end, 0);

	if (end == w->val || *end)
		die("'%s' is not a number", w->val);
	return n;
}

#endif
