// SPDX-License-Identifier: GPL-2.0
/* Whole devices on disks in RAM: the right data at the right places. */
#include <linux/random.h>

#include "fixture.h"
#include "script.h"
#include "verbs.h"

#define WRITE_FLUSH (REQ_OP_WRITE | REQ_PREFLUSH)

static void linear_puts_data_at_its_offset(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 100 linear %s 77", ram->name);

	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 100, 1), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 77, 100, 1, 0), 100);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 76, 1, 1, U64_MAX), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 177, 1, 1, 100), 0);
	KUNIT_EXPECT_EQ(test, fx_read(test, md, 0, 100, 1), 100);
	KUNIT_EXPECT_EQ(test, fx_read(test, md, 99, 1, 1), 1);
	/* what others put there is seen */
	ram_put(ram, 80, 1, 5, 3);
	KUNIT_EXPECT_EQ(test, fx_read(test, md, 3, 1, 5), 1);
}

/* A device of segments in no order, one of them on a disk of its own. */
struct segments {
	struct mapped_device *md;
	struct ramdisk *a, *b;
};

#define SEGMENT_SECTORS 60

static const struct {
	unsigned int begin, len, at;
	bool on_b;
} segments[] = {
	{ 0, 10, 500, false }, { 10, 1, 3, true }, { 11, 29, 100, true }, { 40, 20, 11, false },
};

#define LAST_TWO "11 29 linear %s 100\n40 20 linear %s 11"

static struct segments make_segments(struct kunit *test)
{
	struct segments s = { .a = fx_disk(test, 1024), .b = fx_disk(test, 1024) };

	s.md = fx_live(test, "0 10 linear %s 500\n10 1 linear %s 3\n" LAST_TWO, s.a->name,
		       s.b->name, s.b->name, s.a->name);
	return s;
}

static unsigned int misplaced(const struct segments *s, unsigned int from, unsigned int to,
			      u32 seed)
{
	unsigned int i, sector, wrong = 0;

	for (i = 0; i < ARRAY_SIZE(segments); i++)
		for (sector = segments[i].begin; sector < segments[i].begin + segments[i].len;
		     sector++)
			if (sector >= from && sector < to)
				wrong += !ram_holds(segments[i].on_b ? s->b : s->a,
						    segments[i].at + sector - segments[i].begin,
						    1, seed, sector);
	return wrong;
}

/* Every extent there is, over every boundary there is. */
static void segments_get_just_their_part_of_any_extent(struct kunit *test)
{
	struct segments s = make_segments(test);
	unsigned int at, len, wrong = 0;
	u32 seed = 1;

	for (at = 0; at < SEGMENT_SECTORS; at += 3) {
		for (len = 1; at + len <= SEGMENT_SECTORS; len += 7) {
			KUNIT_ASSERT_EQ(test, fx_io(test, s.md, REQ_OP_WRITE, at, len, ++seed), 0);
			wrong += misplaced(&s, at, at + len, seed);
			wrong += fx_read(test, s.md, at, len, seed) != len;
		}
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

static void segments_are_discarded_part_by_part(struct kunit *test)
{
	static const blk_opf_t ops[] = {
		REQ_OP_DISCARD, REQ_OP_WRITE_ZEROES, REQ_OP_SECURE_ERASE,
	};
	struct segments s = make_segments(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		KUNIT_ASSERT_EQ(test, fx_io(test, s.md, REQ_OP_WRITE, 0, SEGMENT_SECTORS, 1), 0);
		ram_forget(s.a);
		ram_forget(s.b);
		KUNIT_EXPECT_EQ(test, fx_io(test, s.md, ops[i], 5, 45, 0), 0);
		KUNIT_EXPECT_EQ(test, ram_count(s.a, ops[i]), 2);
		KUNIT_EXPECT_EQ(test, ram_count(s.b, ops[i]), 2);
		KUNIT_EXPECT_EQ(test, misplaced(&s, 0, 5, 1), 0);
		KUNIT_EXPECT_EQ(test, misplaced(&s, 5, 50, 1), 45);
		KUNIT_EXPECT_EQ(test, misplaced(&s, 50, SEGMENT_SECTORS, 1), 0);
	}
}

static void io_behind_the_end_fails(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 100 linear %s 0", ram->name);

	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ, 100, 1, 0), -EIO);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ, 99, 2, 0), -EIO);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 1ULL << 54, 8, 0), -EIO);
	KUNIT_EXPECT_EQ(test, ram_came(ram), 0);
}

static void io_without_a_table_fails(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_device(test);

	/* the disk is there once a table is loaded; it has no size yet */
	KUNIT_ASSERT_EQ(test, fx_load(test, md, "0 100 linear %s 0", ram->name), 0);
	KUNIT_EXPECT_EQ(test, (u64)get_capacity(md->disk), 0ULL);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, WRITE_FLUSH, 0, 0, 0), -EIO);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ, 0, 8, 0), -EIO);
	/* nor is there anything to wait for while it is suspended */
	KUNIT_ASSERT_EQ(test, dm_verb_suspend(md, true, false), 0);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, WRITE_FLUSH, 0, 0, 0), -EIO);
	KUNIT_EXPECT_EQ(test, ram_came(ram), 0);
}

static void error_target_fails_every_operation(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;

	md = fx_live(test, "0 8 linear %s 0\n8 8 error\n16 8 linear %s 8", ram->name, ram->name);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ, 8, 8, 0), -EIO);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 15, 1, 0), -EIO);
	KUNIT_EXPECT_EQ(test, ram_came(ram), 0);
	/* an I/O that only reaches into it fails as well, once */
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 24, 1), -EIO);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ, 7, 2, 0), -EIO);
	/* and no other does */
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 8, 2), 0);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 16, 8, 2), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 0, 8, 2, 0), 8);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 8, 8, 2, 16), 8);
}

static void zero_target_reads_zeroes_and_forgets(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;
	struct fx_io *io;

	md = fx_live(test, "0 64 zero\n64 8 linear %s 0", ram->name);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 72, 1), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 0, 8, 1, 64), 8);
	io = fx_submit(test, md->disk->part0, REQ_OP_READ, 0, 72, 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(io->data, 0, 64 * SECTOR_SIZE));
	KUNIT_EXPECT_EQ(test, ram_match(io->data + 64 * SECTOR_SIZE, 8, 1, 64), 8);
}

struct status_case {
	const char *name;
	blk_status_t status;
	int error;
};

static const struct status_case status_cases[] = {
	{ "ioerr", BLK_STS_IOERR, -EIO },
	{ "medium", BLK_STS_MEDIUM, -ENODATA },
	{ "nospc", BLK_STS_NOSPC, -ENOSPC },
	{ "timeout", BLK_STS_TIMEOUT, -ETIMEDOUT },
	{ "resource", BLK_STS_RESOURCE, -ENOMEM },
	{ "target", BLK_STS_TARGET, -EREMOTEIO },
};

static void status_desc(const struct status_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(status, status_cases, status_desc);

static void error_from_below_comes_up_as_it_is(struct kunit *test)
{
	const struct status_case *c = test->param_value;
	struct segments s = make_segments(test);

	/* the third segment, in its middle */
	ram_fail(s.b, 110, 111, c->status);
	KUNIT_EXPECT_EQ(test, fx_io(test, s.md, REQ_OP_READ, 21, 1, 0), c->error);
	KUNIT_EXPECT_EQ(test, fx_io(test, s.md, REQ_OP_WRITE, 0, SEGMENT_SECTORS, 1), c->error);
	KUNIT_EXPECT_EQ(test, fx_io(test, s.md, REQ_OP_READ, 0, 11, 0), 0);
	KUNIT_EXPECT_EQ(test, fx_io(test, s.md, REQ_OP_READ, 40, 20, 0), 0);
	/* two pieces that fail end the I/O once, which fx_io() sees to */
	ram_fail(s.a, 0, 1024, c->status);
	KUNIT_EXPECT_EQ(test, fx_io(test, s.md, REQ_OP_WRITE, 0, SEGMENT_SECTORS, 1), c->error);
}

static void flush_goes_to_every_disk_once(struct kunit *test)
{
	struct ramdisk *a = fx_disk(test, 1024), *b = fx_disk(test, 1024);
	struct mapped_device *md;

	md = fx_live(test, "0 8 linear %s 0\n8 8 linear %s 0", a->name, b->name);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, WRITE_FLUSH, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, ram_count(a, WRITE_FLUSH), 1);
	KUNIT_EXPECT_EQ(test, ram_count(b, WRITE_FLUSH), 1);
	KUNIT_EXPECT_EQ(test, ram_came(a) + ram_came(b), 2);
	KUNIT_EXPECT_EQ(test, a->seen[0].sectors + b->seen[0].sectors, 0);
}

static void flush_that_fails_on_one_disk_fails(struct kunit *test)
{
	struct ramdisk *a = fx_disk(test, 1024), *b = fx_disk(test, 1024);
	struct mapped_device *md;

	md = fx_live(test, "0 8 linear %s 0\n8 8 linear %s 0", a->name, b->name);
	ram_fail_flush(b, true);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, WRITE_FLUSH, 0, 0, 0), -EIO);
	/* data that were to follow the flush do not */
	KUNIT_EXPECT_EQ(test, fx_io(test, md, WRITE_FLUSH, 0, 8, 1), -EIO);
	KUNIT_EXPECT_EQ(test, ram_holds(a, 0, 1, 1, 0), 0);
	ram_fail_flush(b, false);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, WRITE_FLUSH, 0, 8, 1), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(a, 0, 8, 1, 0), 8);
}

/* REQ_PREFLUSH with data: all disks are flushed before any of the data is written. */
static void data_follow_the_flush_of_every_disk(struct kunit *test)
{
	struct ramdisk *a = fx_disk(test, 1024), *b = fx_disk(test, 1024);
	struct mapped_device *md;
	struct fx_io *io;

	md = fx_live(test, "0 8 linear %s 0\n8 8 linear %s 0", a->name, b->name);
	ram_set_mode(b, RAM_HOLD);
	io = fx_submit(test, md->disk->part0, WRITE_FLUSH | REQ_FUA, 4, 8, 1);
	KUNIT_ASSERT_TRUE(test, FX_WAIT(ram_held(b) == 1));
	KUNIT_EXPECT_TRUE(test, FX_WAIT(ram_came(a) == 1));
	/* one flush has not ended: nothing else may have come */
	KUNIT_EXPECT_EQ(test, ram_count(a, WRITE_FLUSH), 1);
	KUNIT_EXPECT_FALSE(test, fx_is_done(io));
	ram_set_mode(b, RAM_NOW);
	ram_release(b);
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(a, 4, 4, 1, 4), 4);
	KUNIT_EXPECT_EQ(test, ram_holds(b, 0, 4, 1, 8), 4);
	KUNIT_ASSERT_EQ(test, ram_came(a), 2);
	KUNIT_ASSERT_EQ(test, ram_came(b), 2);
	KUNIT_EXPECT_LT(test, b->seen[0].seq, a->seen[1].seq);
	KUNIT_EXPECT_LT(test, a->seen[0].seq, b->seen[1].seq);
	/* the data are not flushed for again, but are written through */
	KUNIT_EXPECT_EQ(test, ram_count(a, WRITE_FLUSH), 1);
	KUNIT_EXPECT_EQ(test, ram_count(a, REQ_OP_WRITE | REQ_FUA), 1);
	KUNIT_EXPECT_EQ(test, ram_count(b, REQ_OP_WRITE | REQ_FUA), 1);
}

/* More data than a target takes at once: flushed for once, not a piece. */
static void data_in_pieces_are_flushed_for_once(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;

	script(0)->num_flush_bios = 1;
	script(0)->max_io_len = 8;
	md = fx_live(test, "0 64 kunit 0 %s 0", ram->name);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, WRITE_FLUSH, 0, 64, 1), 0);
	KUNIT_EXPECT_EQ(test, ram_count(ram, WRITE_FLUSH), 1);
	KUNIT_EXPECT_EQ(test, ram_came(ram), 9);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 0, 64, 1, 0), 64);
}

static void flush_ends_where_no_target_wants_it(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;

	/* one that does makes the device announce a cache */
	script(0)->num_flush_bios = 1;
	md = fx_live(test, "0 8 kunit 1 %s 0\n8 8 kunit 0 %s 8", ram->name, ram->name);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, WRITE_FLUSH, 0, 16, 1), 0);
	KUNIT_EXPECT_EQ(test, ram_count(ram, WRITE_FLUSH), 1);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 0, 16, 1, 0), 16);
	/* without one the block layer strips it */
	fx_activate(test, md, "0 16 kunit 2 %s 0", ram->name);
	ram_forget(ram);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, WRITE_FLUSH, 0, 16, 2), 0);
	KUNIT_EXPECT_EQ(test, ram_count(ram, WRITE_FLUSH), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 0, 16, 2, 0), 16);
}

#define LAST_LINE "3000 1096 linear %s 3000"

/* Much I/O at once that ends in a softirq: data, and nothing left under way. */
static void random_io_that_ends_later_is_right(struct kunit *test)
{
	const unsigned int sectors = 4096, slots = 64;
	struct ramdisk *a = fx_disk(test, 8192), *b = fx_disk(test, 8192);
	struct mapped_device *md;
	struct fx_io **ios = kunit_kcalloc(test, slots, sizeof(*ios), GFP_KERNEL);
	unsigned int i, len, round;
	struct rnd_state rnd;

	KUNIT_ASSERT_NOT_NULL(test, ios);
	prandom_seed_state(&rnd, 42);
	md = fx_live(test, "0 1000 linear %s 5\n1000 2000 striped 2 25 %s 2000 %s 1\n" LAST_LINE,
		     a->name, a->name, b->name, b->name);
	ram_set_mode(a, RAM_LATER);
	ram_set_mode(b, RAM_LATER);
	for (round = 1; round <= 4; round++) {
		/* each has its own sectors, so that their order does not matter */
		for (i = 0; i < slots; i++) {
			len = 1 + prandom_u32_state(&rnd) % (sectors / slots);
			ios[i] = fx_submit(test, md->disk->part0, REQ_OP_WRITE,
					   i * (sectors / slots), len, round);
		}
		for (i = 0; i < slots; i++)
			KUNIT_EXPECT_EQ(test, fx_wait(test, ios[i]), 0);
		for (i = 0; i < slots; i++) {
			len = ios[i]->sectors;
			ios[i] = fx_submit(test, md->disk->part0, REQ_OP_READ,
					   i * (sectors / slots), len, 0);
		}
		for (i = 0; i < slots; i++) {
			KUNIT_EXPECT_EQ(test, fx_wait(test, ios[i]), 0);
			KUNIT_EXPECT_EQ(test, ram_match(ios[i]->data, ios[i]->sectors, round,
							ios[i]->sector), ios[i]->sectors);
		}
	}
	KUNIT_EXPECT_TRUE(test, FX_WAIT(!dm_inflight_sum(&md->inflight)));
}

static void devices_five_deep_carry_data(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 2048);
	struct mapped_device *md = NULL;
	const char *below = ram->name;
	unsigned int depth;

	ram_set_mode(ram, RAM_LATER);
	for (depth = 0; depth < 5; depth++) {
		md = fx_live(test, "0 100 linear %s %u\n100 %u linear %s %u", below, depth + 1,
			     1800 - depth * 10, below, depth + 101);
		below = md->devname;
	}
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 90, 200, 1), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 90 + 1 + 2 + 3 + 4 + 5, 200, 1, 90), 200);
	KUNIT_EXPECT_EQ(test, fx_read(test, md, 90, 200, 1), 200);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, WRITE_FLUSH, 0, 8, 2), 0);
	KUNIT_EXPECT_GE(test, ram_count(ram, WRITE_FLUSH), 1);
}

static void nowait_is_passed_down(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 8 linear %s 0\n8 8 linear %s 20", ram->name,
					   ram->name);

	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE | REQ_NOWAIT, 0, 8, 1), 0);
	KUNIT_EXPECT_EQ(test, ram_count(ram, REQ_OP_WRITE | REQ_NOWAIT), 1);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 0, 8, 1, 0), 8);
}

static void bios_reach_the_disk_with_their_flags(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 linear %s 0", ram->name);
	const blk_opf_t flags = REQ_SYNC | REQ_META | REQ_PRIO | REQ_FUA;

	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE | flags, 0, 8, 1), 0);
	KUNIT_EXPECT_EQ(test, ram_count(ram, REQ_OP_WRITE | flags), 1);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ | REQ_RAHEAD, 0, 8, 1), 0);
	KUNIT_EXPECT_EQ(test, ram_count(ram, REQ_OP_READ | REQ_RAHEAD), 1);
}

static struct kunit_case data_cases[] = {
	KUNIT_CASE(linear_puts_data_at_its_offset),
	KUNIT_CASE(segments_get_just_their_part_of_any_extent),
	KUNIT_CASE(segments_are_discarded_part_by_part),
	KUNIT_CASE(io_behind_the_end_fails),
	KUNIT_CASE(io_without_a_table_fails),
	KUNIT_CASE(error_target_fails_every_operation),
	KUNIT_CASE(zero_target_reads_zeroes_and_forgets),
	KUNIT_CASE_PARAM(error_from_below_comes_up_as_it_is, status_gen_params),
	KUNIT_CASE(flush_goes_to_every_disk_once),
	KUNIT_CASE(flush_that_fails_on_one_disk_fails),
	KUNIT_CASE(data_follow_the_flush_of_every_disk),
	KUNIT_CASE(data_in_pieces_are_flushed_for_once),
	KUNIT_CASE(flush_ends_where_no_target_wants_it),
	KUNIT_CASE(random_io_that_ends_later_is_right),
	KUNIT_CASE(devices_five_deep_carry_data),
	KUNIT_CASE(nowait_is_passed_down),
	KUNIT_CASE(bios_reach_the_disk_with_their_flags),
	{ }
};

static struct kunit_suite data_suite = {
	.name = "dm_data",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = data_cases,
};

kunit_test_suite(data_suite);
