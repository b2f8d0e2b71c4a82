// SPDX-License-Identifier: GPL-2.0
/* The share of time of kcopyd, and the pages it keeps. */
#include <linux/jiffies.h>

#include "fixture.h"
#include "page_stock.h"
#include "services.h"
#include "throttle.h"

/* Let @for jiffies go by, with or without I/O. */
static void pass(struct dm_kcopyd_throttle *t, unsigned int *now, unsigned int jiffs, bool io)
{
	t->num_io_jobs = io;
	*now += jiffs;
	dm_throttle_account(t, *now);
}

struct share_case {
	const char *name;
	unsigned int percent;
	unsigned int busy, quiet;	/* of 100 jiffies */
	bool held;
};

static const struct share_case share_cases[] = {
	{ "all", 100, 100, 0, false },
	{ "more_than_all", 1000, 100, 0, false },
	{ "half_and_less", 50, 40, 60, false },
	{ "half_and_just_that", 50, 50, 50, false },
	{ "half_and_more", 50, 60, 40, true },
	{ "nothing_but_one", 0, 3, 97, true },
	{ "nothing_and_nothing", 0, 0, 100, false },
};

static void share_desc(const struct share_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(share, share_cases, share_desc);

static void share_is_kept(struct kunit *test)
{
	const struct share_case *c = test->param_value;
	struct dm_kcopyd_throttle t = { c->percent };
	unsigned int now = -50U;	/* jiffies wrap around */

	t.last_jiffies = now;
	pass(&t, &now, c->busy, true);
	pass(&t, &now, c->quiet, false);
	KUNIT_EXPECT_EQ(test, !!dm_throttle_excess(&t), c->held);
	KUNIT_EXPECT_LE(test, dm_throttle_excess(&t), (unsigned long)HZ);
}

/* However long the I/O was, with whatever share, it goes on before long. */
static void quiet_time_ends(struct kunit *test)
{
	struct dm_kcopyd_throttle t = { 1 };
	unsigned int now = 1000, waited = 0;
	unsigned long wait;

	t.last_jiffies = now;
	pass(&t, &now, 1000 * HZ, true);
	while ((wait = dm_throttle_excess(&t)) && waited < 100 * HZ) {
		pass(&t, &now, wait, false);
		waited += wait;
	}
	KUNIT_EXPECT_GT(test, waited, HZ);
	KUNIT_EXPECT_LT(test, waited, 20 * HZ);
	/* what was long ago does not count */
	pass(&t, &now, 1000 * HZ, false);
	KUNIT_EXPECT_EQ(test, t.io_period, 0U);
}

static void nobody_is_not_held(struct kunit *test)
{
	struct dm_kcopyd_throttle t = { 100 };

	KUNIT_EXPECT_EQ(test, dm_throttle_wait(NULL), 0UL);
	KUNIT_EXPECT_FALSE(test, dm_throttle_begin(NULL));
	KUNIT_EXPECT_EQ(test, dm_throttle_wait(&t), 0UL);
	KUNIT_EXPECT_FALSE(test, dm_throttle_begin(&t));
	t.throttle = 99;
	KUNIT_EXPECT_TRUE(test, dm_throttle_begin(&t));
	KUNIT_EXPECT_EQ(test, t.num_io_jobs, 1U);
	/* set in between: the end is counted all the same */
	t.throttle = 100;
	dm_throttle_end(&t);
	KUNIT_EXPECT_EQ(test, t.num_io_jobs, 0U);
}

static void tell(int read_err, unsigned long write_err, void *context)
{
	complete(context);
}

/* Two clients share the time; held back, their copies end all the same. */
static void held_copies_end(struct kunit *test)
{
	struct dm_kcopyd_throttle t = { 20 };
	struct ramdisk *ram = fx_disk(test, 4096);
	struct dm_io_region from = { ram->disk->part0, 0, 1024 };
	struct dm_io_region to = { ram->disk->part0, 2048, 1024 };
	struct dm_kcopyd_client *kc[2];
	struct completion done[2];
	unsigned int i;

	ram_put(ram, 0, 1024, 3, 0);
	ram_set_mode(ram, RAM_LATER);
	for (i = 0; i < 2; i++) {
		kc[i] = dm_kcopyd_client_create(&t);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, kc[i]);
		kc[i]->piece = 64;
		init_completion(&done[i]);
	}
	for (i = 0; i < 2; i++)
		dm_kcopyd_copy(kc[i], &from, 1, &to, 0, tell, &done[i]);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&done[i], FX_LIMIT * HZ));
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 2048, 1024, 3, 0), 1024);
	for (i = 0; i < 2; i++)
		dm_kcopyd_client_destroy(kc[i]);
	KUNIT_EXPECT_EQ(test, t.num_io_jobs, 0U);
	KUNIT_EXPECT_GT(test, t.io_period, 0U);
}

static void stock_keeps_its_pages(struct kunit *test)
{
	struct page_list *a, *b, *p;
	struct dm_page_stock stock;
	unsigned int n = 0;

	KUNIT_ASSERT_EQ(test, dm_page_stock_init(&stock, 4, 6), 0);
	a = dm_page_stock_take(&stock, 4);
	KUNIT_ASSERT_NOT_NULL(test, a);
	for (p = a; p; p = p->next)
		n++;
	KUNIT_EXPECT_EQ(test, n, 4);
	KUNIT_EXPECT_EQ(test, stock.at_hand, 0U);
	/* all or nothing, and no more than there may be */
	KUNIT_EXPECT_NULL(test, dm_page_stock_take(&stock, 3));
	KUNIT_EXPECT_EQ(test, stock.out, 4U);
	b = dm_page_stock_take(&stock, 2);
	KUNIT_ASSERT_NOT_NULL(test, b);
	KUNIT_EXPECT_EQ(test, stock.out, 6U);
	dm_page_stock_give(&stock, b);
	dm_page_stock_give(&stock, NULL);
	KUNIT_EXPECT_EQ(test, stock.at_hand, 2U);
	dm_page_stock_give(&stock, a);
	KUNIT_EXPECT_EQ(test, stock.at_hand, 4U);
	KUNIT_EXPECT_EQ(test, stock.out, 0U);
	dm_page_stock_exit(&stock);
}

static struct kunit_case throttle_cases[] = {
	KUNIT_CASE_PARAM(share_is_kept, share_gen_params),
	KUNIT_CASE(quiet_time_ends),
	KUNIT_CASE(nobody_is_not_held),
	KUNIT_CASE(held_copies_end),
	KUNIT_CASE(stock_keeps_its_pages),
	{ }
};

static struct kunit_suite throttle_suite = {
	.name = "dm_throttle",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = throttle_cases,
};

kunit_test_suite(throttle_suite);
