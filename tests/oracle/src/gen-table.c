// SPDX-License-Identifier: GPL-2.0
/*
 * Tables: mostly right, often a little wrong, at times hostile.
 *
 * Left out on purpose: a table that maps to the device itself, straight or by
 * way of others, makes the stock core run in circles; so a device only ever
 * stands on devices with a lower minor. Striped with stripes so large that
 * their product with the chunk overflows crashes the stock core
 * (CVE-2025-39940); chunks stay below 2^20 sectors.
 */
#include <stdio.h>
#include <string.h>

#include "oracle.h"

static int minor_limit;		/* of devices this table may stand on */
static bool careless;		/* this table may have mistakes in it */

static const char *const bad_devices[] = {
	"/dev/nope", "/dev/null", "/etc/hostname", "/dev", "", "999:0", "1",
	"1:0:0", "1:", ":0", "a:b", "1:0x", " 1:0", "0:0", "4096:0", "1:1048576",
	"ram0", "4294967296:0", "-1:0", "/dev/../dev/ram0", "0x100", "00100",
};

static void device_text(char *buf, size_t len, struct mdev **below)
{
	unsigned int dice = rng_below(100);
	struct disk *d = &disks[rng_below(disk_count)];
	struct mdev *m;

	*below = NULL;
	if (dice < 6 && careless) {
		snprintf(buf, len, "%s",
			 bad_devices[rng_below(ARRAY_SIZE(bad_devices))]);
		return;
	}
	m = model_pick();
	if (dice < 35 && m->used && m->minor >= 0 && m->minor < minor_limit &&
	    m->live) {
		*below = m;
		if (rng_chance(50))
			snprintf(buf, len, "%d:%d", dm_major(), m->minor);
		else
			snprintf(buf, len, "/dev/dm-%d", m->minor);
		return;
	}
	if (rng_chance(50))
		snprintf(buf, len, "%s", d->path);
	else
		snprintf(buf, len, "%u:%u", d->major, d->minor);
}

static uint64_t size_below(const char *dev)
{
	unsigned int i, ma, mi;
	char number[32];

	for (i = 0; i < disk_count; i++) {
		snprintf(number, sizeof(number), "%u:%u", disks[i].major,
			 disks[i].minor);
		if (!strcmp(dev, disks[i].path) || !strcmp(dev, number))
			return disks[i].sectors;
	}
	if (sscanf(dev, "%u:%u", &ma, &mi) == 2 ||
	    sscanf(dev, "/dev/dm-%u", &mi) == 1) {
		struct mdev *m = model_by_minor(mi);

		if (m)
			return m->live;
	}
	return 8192;
}

static const char *const odd_numbers[] = {
	"18446744073709551615", "18446744073709551616", "-1", "+5", "0x10",
	"010", "9223372036854775807", "9223372036854775808", "", "x", "8 ",
	"8x", "4611686018427387904", "36028797018963968",
};

static void number_text(char *buf, size_t len, uint64_t n)
{
	if (careless && rng_chance(4))
		snprintf(buf, len, "%s",
			 odd_numbers[rng_below(ARRAY_SIZE(odd_numbers))]);
	else
		snprintf(buf, len, "%llu", (unsigned long long)n);
}

/* Where in @size sectors a piece of @len may start. */
static uint64_t start_within(uint64_t size, uint64_t len)
{
	uint64_t room = size > len ? size - len : 0;

	if (!careless)
		return rng_chance(30) ? 0 : rng_below(room / 8 + 1) * 8;
	switch (rng_below(10)) {
	case 0: case 1: case 2:
		return 0;
	case 3:
		return room;
	case 4:
		return room + 1 + rng_below(16);
	case 5:
		return rng_below(room + 1);
	default:
		return rng_below(room / 8 + 1) * 8;
	}
}

static void linear_params(char *buf, size_t len, uint64_t sectors)
{
	char dev[128], start[32];
	struct mdev *below;

	device_text(dev, sizeof(dev), &below);
	number_text(start, sizeof(start), start_within(size_below(dev), sectors));
	snprintf(buf, len, "%s %s", dev, start);
}

/* A chunk and a number of stripes that @sectors divide into. */
static unsigned int stripe_fit(uint64_t sectors, unsigned int *n)
{
	static const unsigned int chunks[] = { 128, 64, 32, 16, 8 };
	unsigned int i = rng_below(ARRAY_SIZE(chunks));

	while (*n > 1 && sectors % (*n * 8))
		--*n;
	for (; i < ARRAY_SIZE(chunks); i++)
		if (!(sectors % ((uint64_t)*n * chunks[i])))
			return chunks[i];
	return 8;
}

static void striped_params(char *buf, size_t len, uint64_t sectors)
{
	static const unsigned int chunks[] = {
		8, 8, 8, 16, 16, 32, 64, 128, 24, 40, 1024, 1, 2, 3, 4, 7, 0, 1048576,
	};
	static const char *const odd_counts[] = { "0", "65537", "-1", "x",
		"4294967297", "1000", "" };
	unsigned int n = 1 + rng_below(4), i;
	unsigned int chunk = chunks[rng_below(ARRAY_SIZE(chunks))];
	char count[32], dev[128], start[32], size[32];
	struct mdev *below;
	size_t used;

	if (!careless)
		chunk = stripe_fit(sectors, &n);
	snprintf(count, sizeof(count), "%u", n);
	if (careless && rng_chance(5))
		strcpy(count, odd_counts[rng_below(ARRAY_SIZE(odd_counts))]);
	snprintf(size, sizeof(size), "%u", chunk);
	if (careless && rng_chance(4))
		strcpy(size, rng_chance(50) ? "8x" : "-8");
	used = snprintf(buf, len, "%s %s", count, size);
	if (careless && rng_chance(4))
		n += rng_chance(50) ? 1 : -1;
	for (i = 0; i < n && used < len; i++) {
		device_text(dev, sizeof(dev), &below);
		number_text(start, sizeof(start),
			    start_within(size_below(dev), sectors / n));
		used += snprintf(buf + used, len - used, " %s %s", dev, start);
	}
}

static void twist(char *buf, size_t len)
{
	size_t n = strlen(buf), at = rng_below(n + 1);

	switch (rng_below(9)) {
	case 0:
		buf[at] = 0;
		break;
	case 1:
		strncat(buf, " extra", len - n - 1);
		break;
	case 2:
		strncat(buf, "   ", len - n - 1);
		break;
	case 3:
		if (n + 2 < len) {
			memmove(buf + 2, buf, n + 1);
			memcpy(buf, "  ", 2);
		}
		break;
	case 4:
		if (n + 2 < len) {
			memmove(buf + at + 1, buf + at, n - at + 1);
			buf[at] = '\\';
		}
		break;
	case 5:
		if (n)
			buf[at < n ? at : n - 1] = rng_below(256);
		break;
	case 6: {
		char *space = strchr(buf, ' ');

		if (space)
			*space = '\t';
		break;
	}
	case 7:
		strncat(buf, "\\", len - n - 1);
		break;
	default:
		strncat(buf, "\n", len - n - 1);
		break;
	}
}

void gen_params(char *buf, size_t len, struct mdev *m, const char *type,
		uint64_t sectors)
{
	(void)m;
	buf[0] = 0;
	if (!strcmp(type, "linear"))
		linear_params(buf, len, sectors);
	else if (!strcmp(type, "striped"))
		striped_params(buf, len, sectors);
	else if (careless && rng_chance(10))
		snprintf(buf, len, "surplus");
	if (careless && rng_chance(6))
		twist(buf, len);
}

static const char *type_pick(void)
{
	static const char *const odd[] = {
		"nosuch", "", "linear2", "lin", "LINEAR", "0123456789abcdef",
		"crypt", "err\tor", "mirror", "stripe", "zero ", "-",
	};
	unsigned int dice = rng_below(100);

	if (careless && dice < 6)
		return odd[rng_below(ARRAY_SIZE(odd))];
	if (dice < 55)
		return "linear";
	if (dice < 78)
		return "striped";
	return dice < 89 ? "error" : "zero";
}

static uint64_t length_pick(const char *type)
{
	static const uint64_t lengths[] = {
		8, 8, 16, 24, 64, 64, 96, 128, 128, 256, 384, 512, 512, 1024, 1000,
		2048, 4096, 4096, 7, 1, 4095, 4104, 8192, 3072, 1536,
	};
	static const uint64_t huge[] = {
		0, 1ull << 20, 1ull << 31, 1ull << 32, 1ull << 40, 1ull << 54,
		(1ull << 55) - 1, 1ull << 55, 1ull << 63, ~0ull, ~0ull - 7,
		(1ull << 54) + 8,
	};

	if (!careless && rng_chance(95))
		return lengths[rng_below(16)];
	if (rng_chance(type[0] == 'l' || type[0] == 's' ? 3 : 12))
		return huge[rng_below(ARRAY_SIZE(huge))];
	return lengths[rng_below(ARRAY_SIZE(lengths))];
}

/* Make what was built right wrong in one place. */
static void spoil(struct ctl *c)
{
	struct dm_target_spec *s = (void *)((char *)c->h + c->h->data_start);
	static const uint32_t nexts[] = {
		0, 1, 4, 39, 40, 41, 48, 0xffffffff, 0xfffffff8, 0x80000000,
		0x7fffffff, 100000,
	};
	static const uint32_t counts[] = {
		0, 2, 100, 1048576, 0x7fffffff, 0xffffffff, 0x10000000,
	};

	switch (rng_below(6)) {
	case 0:
		s->next = nexts[rng_below(ARRAY_SIZE(nexts))];
		text_add(&c->args, "\n  < next of the first is %u", s->next);
		break;
	case 1:
		c->h->target_count = counts[rng_below(ARRAY_SIZE(counts))];
		break;
	case 2:
		c->h->target_count += rng_chance(50) ? 1 : -1;
		break;
	case 3:
		memset(s->target_type, 'x', sizeof(s->target_type));
		text_add(&c->args, "\n  < type of the first has no end");
		break;
	case 4:
		s->next -= 8;
		text_add(&c->args, "\n  < next of the first is %u", s->next);
		break;
	default:
		/* The buffer ends within the last target. */
		c->h->data_size = c->used - 1 - rng_below(60);
		break;
	}
}

void gen_table(struct ctl *c, struct mdev *m)
{
	unsigned int n = 1, i;
	struct dm_ioctl reply;
	uint64_t at = 0;
	char params[1024];

	careless = rng_chance(35);
	if (rng_chance(40))
		n = 2 + rng_below(5);
	if (rng_chance(1))
		n = 50 + rng_below(300);
	/* The minor as it is, not as the model has it: see above. */
	minor_limit = m->minor;
	if (!quiet_status(c->h->name, c->h->uuid, c->h->dev, &reply))
		minor_limit = (reply.dev & 0xff) | ((reply.dev >> 12) & 0xfff00);
	else
		minor_limit = 0;
	if (careless && rng_chance(4))
		at = 8;
	for (i = 0; i < n; i++) {
		const char *type = type_pick();
		uint64_t len = length_pick(type);

		gen_params(params, sizeof(params), m, type, len);
		ctl_target(c, at, len, type, params);
		at += len;
		if (careless && rng_chance(2))
			at += rng_chance(50) ? 8 : -8;
	}
	if (careless && rng_chance(12))
		spoil(c);
	if (m->used)
		m->inactive = at;
}
