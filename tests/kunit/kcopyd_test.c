// SPDX-License-Identifier: GPL-2.0
/* dm-kcopyd: copies, zeroes, errors, order, callbacks, waiting, reserves. */
#include <linux/dm-kcopyd.h>
#include <linux/sched.h>
#include <linux/timer.h>

#include "copy.h"
#include "fixture.h"
#include "scarce.h"
#include "services.h"

#define SECTORS 8192
#define SEED 11
#define MANY 60

static struct dm_kcopyd_client *kc;
static atomic_t in_callback;

static int kcopyd_init(struct kunit *test)
{
	kc = dm_kcopyd_client_create(NULL);
	atomic_set(&in_callback, 0);
	return IS_ERR(kc) ? PTR_ERR(kc) : fx_init(test);
}

static void kcopyd_exit(struct kunit *test)
{
	fx_exit(test);
	scarce_end();
	if (kc)
		dm_kcopyd_client_destroy(kc);
}

/* Sub-jobs of so many sectors, and pages for as few as the client can do with. */
static void pieces_of(unsigned int sectors)
{
	kc->piece = sectors;
	kc->pages.most = kc->pages.kept;
}

struct told {
	struct completion done;
	int read_err;
	unsigned long write_err;
	atomic_t calls;
	unsigned int nr;	/* among all callbacks */
	bool in_thread;
	bool alone;
};

static atomic_t told_nr;

static void told_init(struct told *told)
{
	memset(told, 0, sizeof(*told));
	init_completion(&told->done);
}

static void tell(int read_err, unsigned long write_err, void *context)
{
	struct told *told = context;

	told->alone = atomic_inc_return(&in_callback) == 1;
	told->in_thread = in_task() && !irqs_disabled() && current->flags & PF_WQ_WORKER;
	told->read_err = read_err;
	told->write_err = write_err;
	told->nr = atomic_inc_return(&told_nr);
	atomic_inc(&told->calls);
	atomic_dec(&in_callback);
	complete(&told->done);
}

static void told_wait(struct kunit *test, struct told *told)
{
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&told->done, FX_LIMIT * HZ));
	KUNIT_EXPECT_EQ(test, atomic_read(&told->calls), 1);
	KUNIT_EXPECT_TRUE(test, told->in_thread);
	KUNIT_EXPECT_TRUE(test, told->alone);
}

static struct dm_io_region region_of(struct ramdisk *ram, sector_t sector, sector_t count)
{
	return (struct dm_io_region) { ram->disk->part0, sector, count };
}

/* Copy, wait, and expect no error. */
static void copy(struct kunit *test, struct dm_io_region from, unsigned int n,
		 struct dm_io_region *dests, unsigned int flags)
{
	struct told told;

	told_init(&told);
	dm_kcopyd_copy(kc, &from, n, dests, flags, tell, &told);
	told_wait(test, &told);
	KUNIT_EXPECT_EQ(test, told.read_err, 0);
	KUNIT_EXPECT_EQ(test, told.write_err, 0UL);
}

/* --- copies -------------------------------------------------------------------- */

struct size_case {
	const char *name;
	unsigned int piece;
	unsigned int count;
	unsigned int flags;
};

static const struct size_case size_cases[] = {
	{ "a_sector", 1024, 1, 0 },
	{ "a_sub_job", 1024, 1024, 0 },
	{ "a_sub_job_and_a_sector", 1024, 1025, 0 },
	{ "less_than_all_strands", 1024, 5001, 0 },
	{ "many_sub_jobs", 8, 3001, 0 },
	{ "one_by_one", 64, 3001, DM_KCOPYD_WRITE_SEQ },
	{ "errors_ignored", 64, 3001, DM_KCOPYD_IGNORE_ERROR },
	{ "nothing", 1024, 0, 0 },
};

static void size_desc(const struct size_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(size, size_cases, size_desc);

static void copies_are_whole(struct kunit *test)
{
	const struct size_case *c = test->param_value;
	struct ramdisk *from = fx_disk(test, SECTORS), *to[2];
	struct dm_io_region dests[DM_KCOPYD_MAX_REGIONS];
	unsigned int i;

	pieces_of(c->piece);
	ram_put(from, 0, SECTORS, SEED, 0);
	to[0] = fx_disk(test, 5 * SECTORS);
	to[1] = fx_disk(test, 5 * SECTORS);
	ram_set_mode(to[1], RAM_LATER);
	for (i = 0; i < DM_KCOPYD_MAX_REGIONS; i++) {
		dests[i] = region_of(to[i % 2], 16 + i / 2 * SECTORS, c->count);
		ram_put(to[i % 2], dests[i].sector - 1, c->count + 2, SEED + 1, 0);
	}
	copy(test, region_of(from, 7, c->count), DM_KCOPYD_MAX_REGIONS, dests, c->flags);
	for (i = 0; i < DM_KCOPYD_MAX_REGIONS; i++) {
		sector_t at = dests[i].sector;

		KUNIT_EXPECT_EQ(test, ram_holds(to[i % 2], at, c->count, SEED, 7), c->count);
		KUNIT_EXPECT_EQ(test, ram_holds(to[i % 2], at - 1, 1, SEED + 1, 0), 1);
		KUNIT_EXPECT_EQ(test, ram_holds(to[i % 2], at + c->count, 1, SEED + 1,
						c->count + 1), 1);
	}
}

static void short_destination_gets_no_more(struct kunit *test)
{
	struct ramdisk *from = fx_disk(test, SECTORS), *to = fx_disk(test, SECTORS);
	struct dm_io_region dests[2] = { region_of(to, 0, 3000), region_of(to, 4000, 1030) };

	ram_put(from, 0, 3000, SEED, 0);
	copy(test, region_of(from, 0, 3000), 2, dests, 0);
	KUNIT_EXPECT_EQ(test, ram_holds(to, 0, 3000, SEED, 0), 3000);
	KUNIT_EXPECT_EQ(test, ram_holds(to, 4000, 3000, SEED, 0), 1030);
}

static void sub_jobs_under_way_are_bounded(struct kunit *test)
{
	struct ramdisk *from = fx_disk(test, SECTORS), *to = fx_disk(test, SECTORS);
	struct dm_io_region region = region_of(from, 0, 800), dest = region_of(to, 0, 800);
	struct told told;

	kc->piece = 8;
	told_init(&told);
	ram_set_mode(from, RAM_HOLD);
	dm_kcopyd_copy(kc, &region, 1, &dest, 0, tell, &told);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(ram_held(from) == DM_COPY_STRANDS));
	msleep(20);
	KUNIT_EXPECT_EQ(test, ram_held(from), DM_COPY_STRANDS);
	/* one ends, one begins */
	ram_release_newest(from);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(ram_came(from) == DM_COPY_STRANDS + 1));
	ram_set_mode(from, RAM_NOW);
	ram_release(from);
	told_wait(test, &told);
}

/* Reads end in any order, writes begin in that of the sectors, each after the last. */
static void writes_go_one_by_one(struct kunit *test)
{
	struct ramdisk *from = fx_disk(test, SECTORS), *to = fx_disk(test, SECTORS);
	struct dm_io_region region = region_of(from, 0, 800), dest = region_of(to, 0, 800);
	struct told told;
	unsigned int i;

	kc->piece = 8;
	told_init(&told);
	ram_put(from, 0, 800, SEED, 0);
	ram_set_mode(from, RAM_HOLD);
	ram_set_mode(to, RAM_HOLD);
	dm_kcopyd_copy(kc, &region, 1, &dest, DM_KCOPYD_WRITE_SEQ, tell, &told);
	for (i = 0; i < 100; i++) {
		/* all that can be are read, the last first */
		FX_WAIT(ram_came(from) >= min(i + DM_COPY_STRANDS, 100U));
		while (ram_release_newest(from))
			;
		KUNIT_ASSERT_TRUE(test, FX_WAIT(ram_held(to)));
		KUNIT_EXPECT_EQ(test, ram_held(to), 1);
		KUNIT_EXPECT_EQ(test, ram_came(to), i + 1);
		KUNIT_EXPECT_EQ(test, (u64)to->seen[i].sector, 8ULL * i);
		ram_release(to);
	}
	told_wait(test, &told);
	KUNIT_EXPECT_EQ(test, ram_holds(to, 0, 800, SEED, 0), 800);
}

/* --- zeroes -------------------------------------------------------------------- */

struct zero_case {
	const char *name;
	bool plain;	/* the second disk does not know of write-zeroes */
	bool fails;	/* it only says it does */
	unsigned int max;
};

static const struct zero_case zero_cases[] = {
	{ "known", false, false, 0 },
	{ "known_in_small_pieces", false, false, 24 },
	{ "unknown_to_one", true, false, 0 },
	{ "one_finds_out_late", false, true, 0 },
};

static void zero_desc(const struct zero_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(zero, zero_cases, zero_desc);

static void zeroes_are_written(struct kunit *test)
{
	const struct zero_case *c = test->param_value;
	const struct ram_options options = {
		.sectors = SECTORS, .plain = c->plain, .max_write_zeroes = c->max,
	};
	struct ramdisk *disks[2] = { fx_disk(test, SECTORS), fx_disk_like(test, &options) };
	struct dm_io_region dests[2] = {
		region_of(disks[0], 8, 5000), region_of(disks[1], 8, 5000),
	};
	struct told told;
	unsigned int i, s;

	kc->piece = 64;
	ram_fail_zeroes(disks[1], c->fails);
	for (i = 0; i < 2; i++)
		ram_put(disks[i], 0, SECTORS, SEED, 0);
	told_init(&told);
	dm_kcopyd_zero(kc, 2, dests, 0, tell, &told);
	told_wait(test, &told);
	KUNIT_EXPECT_EQ(test, told.write_err, 0UL);
	KUNIT_EXPECT_EQ(test, told.read_err, 0);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, ram_holds(disks[i], 0, 9, SEED, 0), 8);
		KUNIT_EXPECT_EQ(test, ram_holds(disks[i], 5008, 8, SEED, 5008), 8);
		for (s = 8; s < 5008; s++) {
			char *page = xa_load(&disks[i]->pages, s / (PAGE_SIZE >> SECTOR_SHIFT));

			page += s % (PAGE_SIZE >> SECTOR_SHIFT) * SECTOR_SIZE;
			if (memchr_inv(page, 0, SECTOR_SIZE))
				break;
		}
		KUNIT_EXPECT_EQ(test, s, 5008);
		KUNIT_EXPECT_EQ(test, !ram_count(disks[i], REQ_OP_WRITE), !c->plain && !c->fails);
		KUNIT_EXPECT_EQ(test, !ram_count(disks[i], REQ_OP_WRITE_ZEROES), c->plain);
	}
}

/* --- errors -------------------------------------------------------------------- */

static void failed_read_ends_a_copy(struct kunit *test)
{
	struct ramdisk *from = fx_disk(test, SECTORS), *to = fx_disk(test, SECTORS);
	struct dm_io_region region = region_of(from, 0, 4000), dest = region_of(to, 0, 4000);
	struct told told;

	kc->piece = 8;
	told_init(&told);
	ram_put(from, 0, 4000, SEED, 0);
	ram_fail(from, 200, 201, BLK_STS_MEDIUM);
	ram_set_mode(from, RAM_LATER);
	dm_kcopyd_copy(kc, &region, 1, &dest, 0, tell, &told);
	told_wait(test, &told);
	KUNIT_EXPECT_NE(test, told.read_err, 0);
	KUNIT_EXPECT_EQ(test, told.write_err, 0UL);
	KUNIT_EXPECT_EQ(test, ram_holds(to, 200, 1, SEED, 200), 0);
	/* what was under way came to its end, the rest was not begun */
	KUNIT_EXPECT_LT(test, ram_came(from), 40);
	KUNIT_EXPECT_EQ(test, kc->pages.out, 0U);
}

/* What is parked behind the failed part has to be let go, too. */
static void failed_ordered_copy_ends(struct kunit *test)
{
	struct ramdisk *from = fx_disk(test, SECTORS), *to = fx_disk(test, SECTORS);
	struct dm_io_region region = region_of(from, 0, 4000), dest = region_of(to, 0, 4000);
	struct told told;

	kc->piece = 8;
	told_init(&told);
	ram_fail(from, 0, 1, BLK_STS_MEDIUM);
	ram_set_mode(from, RAM_HOLD);
	dm_kcopyd_copy(kc, &region, 1, &dest, DM_KCOPYD_WRITE_SEQ, tell, &told);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(ram_held(from) == DM_COPY_STRANDS));
	while (ram_release_newest(from))
		;
	told_wait(test, &told);
	KUNIT_EXPECT_NE(test, told.read_err, 0);
	KUNIT_EXPECT_EQ(test, ram_came(to), 0);
	KUNIT_EXPECT_EQ(test, kc->pages.out, 0U);
}

static void failed_write_tells_which(struct kunit *test)
{
	struct ramdisk *from = fx_disk(test, SECTORS), *to[3];
	struct dm_io_region region = region_of(from, 0, 4000), dests[3];
	struct told told;
	unsigned int i;

	kc->piece = 8;
	told_init(&told);
	ram_put(from, 0, 4000, SEED, 0);
	for (i = 0; i < 3; i++) {
		to[i] = fx_disk(test, SECTORS);
		dests[i] = region_of(to[i], i, 4000);
	}
	ram_fail(to[1], 300, 301, BLK_STS_IOERR);
	dm_kcopyd_copy(kc, &region, 3, dests, 0, tell, &told);
	told_wait(test, &told);
	KUNIT_EXPECT_EQ(test, told.read_err, 0);
	KUNIT_EXPECT_EQ(test, told.write_err, 2UL);
	KUNIT_EXPECT_LT(test, ram_came(to[0]), 60);
}

static void ignored_errors_cost_only_what_failed(struct kunit *test)
{
	struct ramdisk *from = fx_disk(test, SECTORS), *to[2];
	struct dm_io_region region = region_of(from, 0, 4000), dests[2];
	struct told told;
	unsigned int i;

	kc->piece = 8;
	told_init(&told);
	ram_put(from, 0, 4000, SEED, 0);
	for (i = 0; i < 2; i++) {
		to[i] = fx_disk(test, SECTORS);
		dests[i] = region_of(to[i], 0, 4000);
		ram_put(to[i], 0, 4000, SEED + 1, 0);
	}
	ram_fail(from, 203, 204, BLK_STS_MEDIUM);
	ram_fail(to[1], 3000, 3001, BLK_STS_IOERR);
	dm_kcopyd_copy(kc, &region, 2, dests, DM_KCOPYD_IGNORE_ERROR, tell, &told);
	told_wait(test, &told);
	KUNIT_EXPECT_NE(test, told.read_err, 0);
	KUNIT_EXPECT_EQ(test, told.write_err, 2UL);
	KUNIT_EXPECT_EQ(test, ram_holds(to[0], 0, 4000, SEED, 0), 200);
	KUNIT_EXPECT_EQ(test, ram_holds(to[0], 208, 3792, SEED, 208), 3792);
	KUNIT_EXPECT_EQ(test, ram_holds(to[1], 208, 3792, SEED, 208), 2792);
	KUNIT_EXPECT_EQ(test, ram_holds(to[1], 3008, 992, SEED, 3008), 992);
	/* not what some page held before */
	KUNIT_EXPECT_NULL(test, memchr_inv(xa_load(&to[0]->pages, 200 * SECTOR_SIZE / PAGE_SIZE),
					   0, 8 * SECTOR_SIZE));
}

static void too_many_destinations_are_an_error(struct kunit *test)
{
	struct ramdisk *to = fx_disk(test, SECTORS);
	struct dm_io_region dests[DM_KCOPYD_MAX_REGIONS] = { region_of(to, 0, 8) };
	struct told told;

	told_init(&told);
	dm_kcopyd_zero(kc, DM_KCOPYD_MAX_REGIONS + 1, dests, 0, tell, &told);
	told_wait(test, &told);
	KUNIT_EXPECT_NE(test, told.write_err, 0UL);
	KUNIT_EXPECT_EQ(test, ram_came(to), 0);
}

/* --- callbacks ----------------------------------------------------------------- */

struct from_irq {
	struct timer_list timer;
	void *prepared[3];
};

static void do_callbacks(struct timer_list *timer)
{
	struct from_irq *f = container_of(timer, struct from_irq, timer);

	dm_kcopyd_do_callback(f->prepared[2], 1, 22);
	dm_kcopyd_do_callback(f->prepared[0], 0, 0);
	dm_kcopyd_do_callback(f->prepared[1], 0, 21);
}

static void callbacks_come_in_the_order_they_were_done(struct kunit *test)
{
	struct from_irq *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	struct told told[3];
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, f);
	for (i = 0; i < 3; i++) {
		told_init(&told[i]);
		f->prepared[i] = dm_kcopyd_prepare_callback(kc, tell, &told[i]);
	}
	timer_setup(&f->timer, do_callbacks, 0);
	mod_timer(&f->timer, jiffies);
	for (i = 0; i < 3; i++)
		told_wait(test, &told[i]);
	KUNIT_EXPECT_LT(test, told[2].nr, told[0].nr);
	KUNIT_EXPECT_LT(test, told[0].nr, told[1].nr);
	KUNIT_EXPECT_EQ(test, told[2].read_err, 1);
	KUNIT_EXPECT_EQ(test, told[2].write_err, 22UL);
	KUNIT_EXPECT_EQ(test, told[1].write_err, 21UL);
	del_timer_sync(&f->timer);
}

/* --- waiting ------------------------------------------------------------------- */

static int flush(struct fx_job *job)
{
	dm_kcopyd_client_flush(job->context);
	return 0;
}

static int destroy(struct fx_job *job)
{
	dm_kcopyd_client_destroy(job->context);
	return 0;
}

static void wait_for_copies(struct kunit *test, int (*how)(struct fx_job *job))
{
	struct ramdisk *from = fx_disk(test, SECTORS), *to = fx_disk(test, SECTORS);
	struct dm_io_region region = region_of(from, 0, 4000), dest = region_of(to, 0, 4000);
	struct told told[2];
	struct fx_job *job;

	told_init(&told[0]);
	told_init(&told[1]);
	ram_set_mode(to, RAM_HOLD);
	dm_kcopyd_copy(kc, &region, 1, &dest, 0, tell, &told[0]);
	dm_kcopyd_do_callback(dm_kcopyd_prepare_callback(kc, tell, &told[1]), 0, 0);
	told_wait(test, &told[1]);
	job = fx_job_start(test, how, kc);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(ram_held(to)));
	msleep(20);
	KUNIT_EXPECT_FALSE(test, fx_job_is_done(job));
	ram_set_mode(to, RAM_NOW);
	ram_release(to);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&told[0].calls), 1);
}

static void flush_waits(struct kunit *test)
{
	wait_for_copies(test, flush);
	/* and once more, with nothing to wait for */
	dm_kcopyd_client_flush(kc);
}

static void destroy_waits(struct kunit *test)
{
	wait_for_copies(test, destroy);
	kc = NULL;
}

/* --- memory is short ----------------------------------------------------------- */

static void starve(struct kunit *test)
{
	scarce_pool(test, &kc->jobs);
	scarce_pool(test, &kc->callbacks);
	scarce_pool(test, &kc->io->calls);
	scarce_pool(test, &kc->io->bios.bio_pool);
	kc->pages.most = kc->pages.kept;
	scarce_begin();
}

static void reserves_are_enough(struct kunit *test)
{
	struct ramdisk *from = fx_disk(test, SECTORS), *to = fx_disk(test, SECTORS);
	struct told *told = kunit_kcalloc(test, MANY, sizeof(*told), GFP_KERNEL);
	struct dm_io_region region = region_of(from, 0, 3000);
	struct dm_io_region dests[2] = { region_of(to, 0, 3000), region_of(to, 4000, 3000) };
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, told);
	ram_put(from, 0, SECTORS, SEED, 0);
	ram_set_mode(from, RAM_LATER);
	ram_set_mode(to, RAM_LATER);
	starve(test);
	for (i = 0; i < MANY; i++) {
		told_init(&told[i]);
		dm_kcopyd_copy(kc, i % 3 ? &region : NULL, 2, dests,
			       i % 2 ? DM_KCOPYD_WRITE_SEQ : 0, tell, &told[i]);
	}
	for (i = 0; i < MANY; i++) {
		told_wait(test, &told[i]);
		KUNIT_EXPECT_EQ(test, told[i].write_err, 0UL);
	}
	KUNIT_EXPECT_EQ(test, kc->pages.out, 0U);
}

/* Copies that wait for pages get them in the order in which they came. */
static void pages_are_given_out_in_order(struct kunit *test)
{
	struct ramdisk *from = fx_disk(test, SECTORS), *to = fx_disk(test, SECTORS);
	struct dm_io_region dest = region_of(to, 0, 1024);
	struct told *told = kunit_kcalloc(test, 6, sizeof(*told), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, told);
	kc->pages.most = kc->pages.kept;
	ram_set_mode(from, RAM_HOLD);
	for (i = 0; i < 6; i++) {
		/* the first takes all; the last would not need much */
		struct dm_io_region region = region_of(from, i * 1024, i == 5 ? 8 : 1024);

		told_init(&told[i]);
		dm_kcopyd_copy(kc, &region, 1, &dest, 0, tell, &told[i]);
	}
	for (i = 0; i < 6; i++) {
		KUNIT_ASSERT_TRUE(test, FX_WAIT(ram_held(from)));
		KUNIT_EXPECT_EQ(test, ram_held(from), 1);
		KUNIT_EXPECT_EQ(test, (u64)from->seen[i].sector, 1024ULL * i);
		ram_release(from);
		told_wait(test, &told[i]);
	}
}

struct chain {
	struct ramdisk *to;
	struct told told;
	unsigned int left;
};

static void chain_next(int read_err, unsigned long write_err, void *context)
{
	struct chain *c = context;
	struct dm_io_region dest = region_of(c->to, 0, 8);

	if (c->left--)
		dm_kcopyd_zero(kc, 1, &dest, 0, chain_next, c);
	else
		tell(read_err, write_err, &c->told);
}

/* A callback starts the next copy though others wait for the memory of one. */
static void callbacks_can_copy(struct kunit *test)
{
	struct chain *c = kunit_kcalloc(test, MANY, sizeof(*c), GFP_KERNEL);
	struct ramdisk *to = fx_disk(test, SECTORS);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, c);
	ram_set_mode(to, RAM_LATER);
	starve(test);
	for (i = 0; i < MANY; i++) {
		told_init(&c[i].told);
		c[i].to = to;
		c[i].left = 5;
		chain_next(0, 0, &c[i]);
	}
	for (i = 0; i < MANY; i++)
		told_wait(test, &c[i].told);
	KUNIT_EXPECT_EQ(test, ram_count(to, REQ_OP_WRITE_ZEROES), 5 * MANY);
}

static struct kunit_case kcopyd_cases[] = {
	KUNIT_CASE_PARAM(copies_are_whole, size_gen_params),
	KUNIT_CASE(short_destination_gets_no_more),
	KUNIT_CASE(sub_jobs_under_way_are_bounded),
	KUNIT_CASE(writes_go_one_by_one),
	KUNIT_CASE_PARAM(zeroes_are_written, zero_gen_params),
	KUNIT_CASE(failed_read_ends_a_copy),
	KUNIT_CASE(failed_ordered_copy_ends),
	KUNIT_CASE(failed_write_tells_which),
	KUNIT_CASE(ignored_errors_cost_only_what_failed),
	KUNIT_CASE(too_many_destinations_are_an_error),
	KUNIT_CASE(callbacks_come_in_the_order_they_were_done),
	KUNIT_CASE(flush_waits),
	KUNIT_CASE(destroy_waits),
	KUNIT_CASE(reserves_are_enough),
	KUNIT_CASE(pages_are_given_out_in_order),
	KUNIT_CASE(callbacks_can_copy),
	{ }
};

static struct kunit_suite kcopyd_suite = {
	.name = "dm_kcopyd",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = kcopyd_init,
	.exit = kcopyd_exit,
	.test_cases = kcopyd_cases,
};

kunit_test_suite(kcopyd_suite);
