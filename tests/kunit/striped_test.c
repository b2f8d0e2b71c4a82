// SPDX-License-Identifier: GPL-2.0
/* Where striped puts what, through tables, with chunks of every kind. */
#include <linux/random.h>

#include "fixture.h"

#define MAX_STRIPES 5
#define ROWS 4

struct geometry {
	unsigned int stripes, chunk;
};

static const struct geometry geometries[] = {
	{ 1, 8 }, { 2, 8 }, { 2, 1 }, { 3, 8 }, { 4, 16 }, { 2, 3 }, { 5, 7 }, { 1, 5 },
};

static void geometry_desc(const struct geometry *g, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u_stripes_chunk_%u", g->stripes, g->chunk);
}

KUNIT_ARRAY_PARAM(geometry, geometries, geometry_desc);

/* For what does not depend on the geometry in ways of its own. */
static const struct geometry few_geometries[] = { { 1, 5 }, { 2, 8 }, { 5, 7 } };

KUNIT_ARRAY_PARAM(few, few_geometries, geometry_desc);

struct striped_fixture {
	struct mapped_device *md;
	struct ramdisk *ram[MAX_STRIPES];
	unsigned int stripes, chunk, width, sectors;
};

/* Where a stripe begins on its disk: somewhere else on each. */
static unsigned int start_of(unsigned int stripe)
{
	return 3 + 2 * stripe;
}

static struct striped_fixture *make(struct kunit *test)
{
	const struct geometry *g = test->param_value;
	struct striped_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	char params[MAX_STRIPES * 24] = "";
	unsigned int i, at = 0;

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->stripes = g->stripes;
	f->chunk = g->chunk;
	f->width = g->chunk * ROWS;
	f->sectors = f->width * g->stripes;
	for (i = 0; i < g->stripes; i++) {
		f->ram[i] = fx_disk(test, f->width + 32);
		/* what lies around the stripe is not to be touched */
		ram_put(f->ram[i], 0, f->width + 32, 99, 0);
		at += snprintf(params + at, sizeof(params) - at, " %s %u", f->ram[i]->name,
			       start_of(i));
	}
	f->md = fx_live(test, "0 %u striped %u %u%s", f->sectors, g->stripes, g->chunk, params);
	return f;
}

/* Chunk by chunk, in turn: the definition of striping. */
static unsigned int misplaced(const struct striped_fixture *f, u32 seed)
{
	unsigned int sector, wrong = 0;

	for (sector = 0; sector < f->sectors; sector++) {
		unsigned int chunk = sector / f->chunk;
		unsigned int stripe = chunk % f->stripes;
		unsigned int at = start_of(stripe) + chunk / f->stripes * f->chunk +
				  sector % f->chunk;

		wrong += ram_holds(f->ram[stripe], at, 1, seed, sector) != 1;
	}
	return wrong;
}

static void expect_surroundings(struct kunit *test, const struct striped_fixture *f)
{
	unsigned int i, behind;

	for (i = 0; i < f->stripes; i++) {
		behind = start_of(i) + f->width;
		KUNIT_EXPECT_EQ(test, ram_holds(f->ram[i], 0, start_of(i), 99, 0), start_of(i));
		KUNIT_EXPECT_EQ(test, ram_holds(f->ram[i], behind, 32 - start_of(i), 99, behind),
				32 - start_of(i));
	}
}

static void striped_puts_each_sector_in_its_place(struct kunit *test)
{
	struct striped_fixture *f = make(test);

	KUNIT_ASSERT_EQ(test, fx_io(test, f->md, REQ_OP_WRITE, 0, f->sectors, 1), 0);
	KUNIT_EXPECT_EQ(test, misplaced(f, 1), 0);
	expect_surroundings(test, f);
	KUNIT_EXPECT_EQ(test, fx_read(test, f->md, 0, f->sectors, 1), (int)f->sectors);
}

static void striped_puts_pieces_of_any_size_in_their_place(struct kunit *test)
{
	struct striped_fixture *f = make(test);
	unsigned int at, len, size;

	for (size = 1; size <= 2 * f->chunk + 1; size += 1 + size / 2) {
		for (at = 0; at < f->sectors; at += len) {
			len = min(size, f->sectors - at);
			KUNIT_ASSERT_EQ(test, fx_io(test, f->md, REQ_OP_WRITE, at, len, size), 0);
		}
		KUNIT_EXPECT_EQ_MSG(test, misplaced(f, size), 0, "pieces of %u", size);
	}
	expect_surroundings(test, f);
}

/* Sectors that hold the pattern are to, those that were cleared are not. */
static void expect_cleared(struct kunit *test, struct striped_fixture *f, const bool *cleared)
{
	struct fx_io *io = fx_submit(test, f->md->disk->part0, REQ_OP_READ, 0, f->sectors, 0);
	unsigned int sector, wrong = 0;

	KUNIT_ASSERT_EQ(test, fx_wait(test, io), 0);
	for (sector = 0; sector < f->sectors; sector++) {
		const char *data = io->data + sector * SECTOR_SIZE;

		if (cleared[sector])
			wrong += !!memchr_inv(data, 0, SECTOR_SIZE);
		else
			wrong += !ram_match(data, 1, 1, sector);
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
	expect_surroundings(test, f);
}

static void clear_extents(struct kunit *test, blk_opf_t op)
{
	struct striped_fixture *f = make(test);
	bool *cleared = kunit_kcalloc(test, f->sectors, sizeof(*cleared), GFP_KERNEL);
	unsigned int round, at, len;
	struct rnd_state rnd;

	KUNIT_ASSERT_NOT_NULL(test, cleared);
	prandom_seed_state(&rnd, f->sectors);
	for (round = 0; round < 6; round++) {
		KUNIT_ASSERT_EQ(test, fx_io(test, f->md, REQ_OP_WRITE, 0, f->sectors, 1), 0);
		memset(cleared, 0, f->sectors);
		/* the first two: one sector, and all of them */
		at = round < 2 ? 0 : prandom_u32_state(&rnd) % f->sectors;
		len = 1 + prandom_u32_state(&rnd) % (f->sectors - at);
		if (round < 2)
			len = round ? f->sectors : 1;
		memset(cleared + at, true, len);
		KUNIT_ASSERT_EQ(test, fx_io(test, f->md, op, at, len, 0), 0);
		expect_cleared(test, f, cleared);
	}
}

static void striped_discards_just_the_extent(struct kunit *test)
{
	clear_extents(test, REQ_OP_DISCARD);
}

static void striped_zeroes_just_the_extent(struct kunit *test)
{
	clear_extents(test, REQ_OP_WRITE_ZEROES);
}

static void striped_erases_just_the_extent(struct kunit *test)
{
	clear_extents(test, REQ_OP_SECURE_ERASE);
}

static void striped_flushes_every_disk(struct kunit *test)
{
	struct striped_fixture *f = make(test);
	unsigned int i;

	for (i = 0; i < f->stripes; i++)
		ram_forget(f->ram[i]);
	KUNIT_EXPECT_EQ(test, fx_io(test, f->md, REQ_OP_WRITE | REQ_PREFLUSH, 0, 0, 0), 0);
	for (i = 0; i < f->stripes; i++) {
		KUNIT_EXPECT_EQ(test, ram_count(f->ram[i], REQ_OP_WRITE | REQ_PREFLUSH), 1);
		KUNIT_EXPECT_EQ(test, ram_came(f->ram[i]), 1);
	}
}

static void striped_hints_are_chunk_and_row(struct kunit *test)
{
	struct striped_fixture *f = make(test);
	const struct queue_limits *lim = &f->md->disk->queue->limits;

	KUNIT_EXPECT_EQ(test, lim->io_min, f->chunk * SECTOR_SIZE);
	KUNIT_EXPECT_EQ(test, lim->io_opt, f->chunk * f->stripes * SECTOR_SIZE);
}

struct huge_case {
	unsigned int chunk, stripes, io_min, io_opt;
};

/* CVE-2025-39940: the bytes of a chunk, or of a row, do not fit 32 bits */
static const struct huge_case huge_cases[] = {
	{ 1u << 20, 2, 1u << 29, 1u << 30 },	/* both fit */
	{ 1u << 21, 4, 1u << 30, 0 },		/* the row does not */
	{ 1u << 22, 2, 1u << 31, 0 },
	{ 1u << 22, 1, 1u << 31, 1u << 31 },
	{ (1u << 23) - 1, 1, 0xfffffe00, 0xfffffe00 },
	{ 1u << 23, 1, 512, 0 },		/* nor the chunk */
	{ (1u << 23) + 1, 2, 512, 0 },
	{ 1u << 31, 2, 512, 0 },
	{ UINT_MAX, 2, 512, 0 },
};

static void huge_desc(const struct huge_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "CVE_2025_39940_%u_stripes_chunk_%u", c->stripes,
		 c->chunk);
}

KUNIT_ARRAY_PARAM(huge, huge_cases, huge_desc);

/* Such a disk is mostly not there, but its sectors have their numbers. */
static struct mapped_device *huge(struct kunit *test, const struct huge_case *c,
				  struct ramdisk **ram)
{
	char params[MAX_STRIPES * 24] = "";
	unsigned int i, at = 0;

	for (i = 0; i < c->stripes; i++) {
		ram[i] = fx_disk(test, 2ULL * c->chunk);
		at += snprintf(params + at, sizeof(params) - at, " %s 0", ram[i]->name);
	}
	return fx_live(test, "0 %llu striped %u %u%s", 2ULL * c->chunk * c->stripes, c->stripes,
		       c->chunk, params);
}

static void striped_hints_of_a_huge_chunk_do_not_overflow(struct kunit *test)
{
	const struct huge_case *c = test->param_value;
	struct ramdisk *ram[MAX_STRIPES];
	const struct queue_limits *lim = &huge(test, c, ram)->disk->queue->limits;

	KUNIT_EXPECT_EQ(test, lim->io_min, c->io_min);
	KUNIT_EXPECT_EQ(test, lim->io_opt, c->io_opt);
	KUNIT_EXPECT_EQ(test, lim->physical_block_size, 512);
}

static void striped_with_a_huge_chunk_finds_its_places(struct kunit *test)
{
	const struct huge_case *c = test->param_value;
	struct ramdisk *ram[MAX_STRIPES];
	struct mapped_device *md = huge(test, c, ram);
	const sector_t chunk = c->chunk, row = chunk * c->stripes;
	unsigned int second = c->stripes > 1 ? 1 : 0;

	/* over the end of the first chunk, and at the very end */
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, chunk - 3, 8, 1), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(ram[0], chunk - 3, 3, 1, chunk - 3), 3);
	KUNIT_EXPECT_EQ(test, ram_holds(ram[second], second ? 0 : chunk, 5, 1, chunk), 5);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 2 * row - 4, 4, 2), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(ram[c->stripes - 1], 2 * chunk - 4, 4, 2, 2 * row - 4), 4);
	/* over the end of the first row */
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, row - 1, 2, 3), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(ram[c->stripes - 1], chunk - 1, 1, 3, row - 1), 1);
	KUNIT_EXPECT_EQ(test, ram_holds(ram[0], chunk, 1, 3, row), 1);
}

/* with 2 disks at hand, which stand for A and B */
static const char * const bad_params[] = {
	"0 16 striped", "0 16 striped 2", "0 16 striped 0 8", "0 16 striped x 8 A 0 B 0",
	"0 16 striped -1 8 A 0 B 0", "0 16 striped 4294967296 8 A 0 B 0",
	"0 16 striped 2 0 A 0 B 0", "0 16 striped 2 x A 0 B 0", "0 16 striped 2 -8 A 0 B 0",
	"0 16 striped 2 4294967304 A 0 B 0", "0 17 striped 2 8 A 0 B 0",
	"0 24 striped 2 8 A 0 B 0", "0 16 striped 2 8 A 0", "0 16 striped 2 8 A 0 B",
	"0 16 striped 2 8 A 0 B 0 A", "0 16 striped 2 8 A 0 B 0 A 0", "0 16 striped 2 8 A x B 0",
	"0 16 striped 2 8 A 0 B x", "0 16 striped 2 8 A 0 B 0x",
	/* 2 + 2 * 2^31 words wrap around to 2 */
	"0 2147483648 striped 2147483648 1", "0 4294967295 striped 4294967295 1",
};

static void bad_desc(const char * const *line, char *desc)
{
	strscpy(desc, *line, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad, bad_params, bad_desc);

static void striped_refuses_bad_parameters(struct kunit *test)
{
	const char *from = *(const char * const *)test->param_value;
	struct ramdisk *a = fx_disk(test, 64), *b = fx_disk(test, 64);
	struct mapped_device *md = fx_device(test);
	char line[128];
	unsigned int at = 0;

	for (; *from; from++) {
		if (*from == 'A' || *from == 'B')
			at += snprintf(line + at, sizeof(line) - at, "%s",
				       *from == 'A' ? a->name : b->name);
		else
			line[at++] = *from;
	}
	line[at] = '\0';
	KUNIT_EXPECT_EQ(test, fx_load(test, md, "%s", line), -EINVAL);
	/* nothing is left open */
	KUNIT_EXPECT_TRUE(test, list_empty(&md->lowers));
}

static struct kunit_case striped_cases[] = {
	KUNIT_CASE_PARAM(striped_puts_each_sector_in_its_place, geometry_gen_params),
	KUNIT_CASE_PARAM(striped_puts_pieces_of_any_size_in_their_place, geometry_gen_params),
	KUNIT_CASE_PARAM(striped_discards_just_the_extent, geometry_gen_params),
	KUNIT_CASE_PARAM(striped_zeroes_just_the_extent, few_gen_params),
	KUNIT_CASE_PARAM(striped_erases_just_the_extent, few_gen_params),
	KUNIT_CASE_PARAM(striped_flushes_every_disk, few_gen_params),
	KUNIT_CASE_PARAM(striped_hints_are_chunk_and_row, few_gen_params),
	KUNIT_CASE_PARAM(striped_hints_of_a_huge_chunk_do_not_overflow, huge_gen_params),
	KUNIT_CASE_PARAM(striped_with_a_huge_chunk_finds_its_places, huge_gen_params),
	KUNIT_CASE_PARAM(striped_refuses_bad_parameters, bad_gen_params),
	{ }
};

static struct kunit_suite striped_suite = {
	.name = "dm_striped",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = striped_cases,
};

kunit_test_suite(striped_suite);
