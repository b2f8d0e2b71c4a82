// SPDX-License-Identifier: GPL-2.0
/* The bounded reply writer at every length of the buffer: include/reply.h. */
#include <linux/align.h>
#include <linux/minmax.h>

#include "kunit.h"
#include "reply.h"

static const size_t records[] = { 1, 8, 20, 41, 7, 16, 100, 3 };

static size_t whole(void)
{
	size_t at = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(records); i++)
		at = ALIGN(at, 8) + records[i];
	return at;
}

/* Write the records, each over all that is available: KASAN sees what is too much. */
static unsigned int write_records(struct kunit *test, struct dm_reply *r)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(records); i++) {
		char *to = dm_reply_next(r, records[i]);

		if (!to)
			break;
		KUNIT_ASSERT_GE(test, dm_reply_avail(r), records[i]);
		KUNIT_EXPECT_LE(test, dm_reply_avail(r), dm_reply_room(r));
		KUNIT_EXPECT_EQ(test, (unsigned long)(to - r->base) % 8, 0UL);
		memset(to, 0xca, dm_reply_avail(r));
		memset(to, 'a' + i, records[i]);
		dm_reply_commit(r, records[i]);
	}
	return i;
}

static void reply_holds_the_records_that_fit_and_no_byte_more(struct kunit *test)
{
	struct dm_reply r;
	size_t limit;

	for (limit = 0; limit <= whole() + 16; limit++) {
		size_t at = 0, used = 0, b;
		unsigned int fit, n, i, wrong = 0;

		/* how many must fit */
		for (fit = 0; fit < ARRAY_SIZE(records); fit++) {
			at = ALIGN(used, 8);
			if (at + records[fit] > limit)
				break;
			used = at + records[fit];
		}
		dm_reply_init(&r, limit);
		n = write_records(test, &r);
		KUNIT_EXPECT_EQ_MSG(test, n, fit, "limit %zu", limit);
		KUNIT_EXPECT_EQ_MSG(test, r.used, used, "limit %zu", limit);
		KUNIT_EXPECT_EQ_MSG(test, r.full, fit < ARRAY_SIZE(records), "limit %zu", limit);
		KUNIT_EXPECT_FALSE(test, r.nomem);
		KUNIT_EXPECT_LE(test, r.size, limit);
		for (i = 0, at = 0; i < n; at = ALIGN(at + records[i], 8), i++) {
			for (b = 0; b < records[i]; b++)
				wrong += r.base[at + b] != (char)('a' + i);
			/* the padding goes out with the record behind it: nothing in it */
			for (b = at + records[i]; i + 1 < n && b % 8; b++)
				wrong += r.base[b] != 0;
		}
		KUNIT_EXPECT_EQ_MSG(test, wrong, 0, "limit %zu", limit);
		dm_reply_free(&r);
	}
}

static void reply_that_is_full_stays_so(struct kunit *test)
{
	struct dm_reply r;

	dm_reply_init(&r, 24);
	KUNIT_ASSERT_NOT_NULL(test, dm_reply_next(&r, 4));
	dm_reply_commit(&r, 4);
	KUNIT_EXPECT_NULL(test, dm_reply_next(&r, 17));
	KUNIT_EXPECT_TRUE(test, r.full);
	/* it would fit, but the order of records would have a hole */
	KUNIT_EXPECT_NULL(test, dm_reply_next(&r, 1));
	KUNIT_EXPECT_EQ(test, r.used, 4);
	dm_reply_free(&r);
}

static void reply_takes_no_memory_on_the_word_of_the_limit(struct kunit *test)
{
	struct dm_reply r;

	dm_reply_init(&r, SIZE_MAX);
	KUNIT_EXPECT_NULL(test, r.base);
	KUNIT_ASSERT_NOT_NULL(test, dm_reply_next(&r, 100));
	KUNIT_EXPECT_LE(test, r.size, 4096);
	dm_reply_free(&r);
}

static void reply_keeps_what_it_holds_while_it_grows(struct kunit *test)
{
	const unsigned int count = 3000;
	unsigned int i, wrong = 0;
	struct dm_reply r;
	u32 *record;

	dm_reply_init(&r, 1 << 20);
	for (i = 0; i < count; i++) {
		record = dm_reply_next(&r, 60);
		KUNIT_ASSERT_NOT_NULL(test, record);
		memset32(record, i, 15);
		dm_reply_commit(&r, 60);
	}
	for (i = 0; i < count; i++) {
		record = (u32 *)(r.base + 64UL * i);
		wrong += record[0] != i || record[14] != i;
		wrong += i + 1 < count && record[15];
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_EQ(test, r.used, 64UL * count - 4);
	dm_reply_free(&r);
}

/* A text whose length nobody knows before: more and more, up to the limit. */
static void reply_gives_more_up_to_the_limit(struct kunit *test)
{
	static const size_t limits[] = { 1, 8, 40, 1023, 1024, 1025, 5000, 100000 };
	unsigned int i, steps;
	struct dm_reply r;
	size_t before;
	char *to;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		dm_reply_init(&r, limits[i]);
		to = dm_reply_next(&r, 1);
		KUNIT_ASSERT_NOT_NULL(test, to);
		*to = 'x';
		dm_reply_commit(&r, 1);
		for (steps = 0; limits[i] > 8 && steps < 100; steps++) {
			to = dm_reply_next(&r, 1);
			KUNIT_ASSERT_NOT_NULL(test, to);
			before = dm_reply_avail(&r);
			memset(to, 0xca, before);
			if (!dm_reply_more(&r))
				break;
			KUNIT_EXPECT_EQ(test, *r.base, 'x');
			KUNIT_EXPECT_GT(test, dm_reply_avail(&r), before);
		}
		KUNIT_EXPECT_LT(test, steps, 100);
		if (limits[i] > 8) {
			KUNIT_EXPECT_TRUE(test, r.full);
			KUNIT_EXPECT_EQ(test, r.size, limits[i]);
		}
		KUNIT_EXPECT_EQ(test, r.used, 1);
		dm_reply_free(&r);
	}
}

static void reply_may_write_less_than_it_asked_for(struct kunit *test)
{
	struct dm_reply r;

	dm_reply_init(&r, 100);
	KUNIT_ASSERT_NOT_NULL(test, dm_reply_next(&r, 90));
	dm_reply_commit(&r, 10);
	KUNIT_EXPECT_EQ(test, r.used, 10);
	KUNIT_EXPECT_EQ(test, dm_reply_room(&r), 84);
	dm_reply_commit(&r, 0);
	KUNIT_EXPECT_EQ(test, dm_reply_room(&r), 84);
	dm_reply_free(&r);
}

/* The end of the last record may lie closer to the limit than its padding. */
static void reply_has_no_room_behind_a_record_that_fills_it(struct kunit *test)
{
	struct dm_reply r;
	size_t limit;

	for (limit = 1; limit <= 17; limit++) {
		dm_reply_init(&r, limit);
		KUNIT_ASSERT_NOT_NULL(test, dm_reply_next(&r, limit));
		dm_reply_commit(&r, limit);
		KUNIT_EXPECT_EQ(test, dm_reply_room(&r), 0);
		KUNIT_EXPECT_EQ(test, dm_reply_avail(&r), 0);
		KUNIT_EXPECT_NULL(test, dm_reply_next(&r, 1));
		KUNIT_EXPECT_TRUE(test, r.full);
		KUNIT_EXPECT_EQ(test, r.used, limit);
		dm_reply_free(&r);
	}
}

static void reply_can_be_freed_at_any_time(struct kunit *test)
{
	struct dm_reply r;

	dm_reply_init(&r, 0);
	dm_reply_free(&r);
	dm_reply_init(&r, 1000);
	KUNIT_ASSERT_NOT_NULL(test, dm_reply_next(&r, 10));
	dm_reply_free(&r);
	KUNIT_EXPECT_NULL(test, r.base);
	dm_reply_free(&r);
}

static struct kunit_case reply_cases[] = {
	KUNIT_CASE(reply_holds_the_records_that_fit_and_no_byte_more),
	KUNIT_CASE(reply_that_is_full_stays_so),
	KUNIT_CASE(reply_takes_no_memory_on_the_word_of_the_limit),
	KUNIT_CASE(reply_keeps_what_it_holds_while_it_grows),
	KUNIT_CASE(reply_gives_more_up_to_the_limit),
	KUNIT_CASE(reply_may_write_less_than_it_asked_for),
	KUNIT_CASE(reply_has_no_room_behind_a_record_that_fills_it),
	KUNIT_CASE(reply_can_be_freed_at_any_time),
	{ }
};

static struct kunit_suite reply_suite = {
	.name = "dm_reply",
	.test_cases = reply_cases,
};

kunit_test_suite(reply_suite);
