// SPDX-License-Identifier: GPL-2.0
/* The log, and strings that grow. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oracle.h"

static int log_fd = 1;
static struct text pending;

void die(const char *fmt, ...)
{
	va_list ap;

	log_flush();
	fputs("oracle: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	_exit(3);
}

static void text_vadd(struct text *t, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(t->s + t->len, t->size - t->len, fmt, ap);
	if (n >= 0 && (size_t)n >= t->size - t->len) {
		t->size = (t->len + n + 1) * 2;
		t->s = realloc(t->s, t->size);
		if (!t->s)
			abort();
		n = vsnprintf(t->s + t->len, t->size - t->len, fmt, again);
	}
	va_end(again);
	if (n > 0)
		t->len += n;
}

void text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vadd(t, fmt, ap);
	va_end(ap);
}

void text_reset(struct text *t)
{
	t->len = 0;
	if (t->s)
		t->s[0] = 0;
}

void text_quote(struct text *t, const char *s, size_t max)
{
	size_t i;

	text_add(t, "\"");
	for (i = 0; i < max && s[i]; i++) {
		unsigned char c = s[i];

		if (c == '"' || c == '\\')
			text_add(t, "\\%c", c);
		else if (c >= ' ' && c < 0x7f)
			text_add(t, "%c", c);
		else
			text_add(t, "\\x%02x", c);
	}
	text_add(t, i == max ? "\"..." : "\"");
}

void log_open(const char *path)
{
	if (log_fd > 2)
		close(log_fd);
	log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (log_fd < 0)
		die("%s: %s", path, strerror(errno));
}

void log_add(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vadd(&pending, fmt, ap);
	va_end(ap);
}

void log_text(const char *text)
{
	log_add("%s", text);
}

void log_quote(const char *s, size_t max)
{
	text_quote(&pending, s, max);
}

void log_flush(void)
{
	size_t done = 0;

	while (done < pending.len) {
		ssize_t n = write(log_fd, pending.s + done, pending.len - done);

		if (n <= 0)
			_exit(4);
		done += n;
	}
	text_reset(&pending);
}

const char *err_name(int err)
{
	static char number[16];
	const char *name;

	if (!err)
		return "0";
	name = strerrorname_np(err);
	if (name)
		return name;
	snprintf(number, sizeof(number), "E%d", err);
	return number;
}
