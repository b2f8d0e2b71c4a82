// SPDX-License-Identifier: GPL-2.0
/* From sectors to targets: include/search.h. */
#include <linux/sched.h>

#include "kunit.h"
#include "search.h"

/* Where the i-th target ends is a formula, so that a million costs no memory. */
struct layout {
	const char *name;
	sector_t (*end)(const void *context, unsigned int i);
};

static sector_t end_ones(const void *context, unsigned int i)
{
	return i + 1;
}

static sector_t end_eights(const void *context, unsigned int i)
{
	return 8ULL * (i + 1);
}

/* lengths 1, 2, ... 7, 1, 2 ... */
static sector_t end_uneven(const void *context, unsigned int i)
{
	static const sector_t within[] = { 1, 3, 6, 10, 15, 21, 28 };

	return 28ULL * (i / 7) + within[i % 7];
}

/* the last target reaches the last sector that there can be */
static sector_t end_far(const void *context, unsigned int i)
{
	const unsigned int *count = context;

	return U64_MAX - (*count - 1 - i) * 3ULL;
}

static const struct layout layouts[] = {
	{ "one_sector_each", end_ones },
	{ "eight_sectors_each", end_eights },
	{ "uneven_lengths", end_uneven },
	{ "up_to_the_last_sector", end_far },
};

static void layout_desc(const struct layout *layout, char *desc)
{
	strscpy(desc, layout->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(layout, layouts, layout_desc);

/*
 * Look at the first and the last sector of every target, and behind the end.
 * Return how many answers were wrong; one expectation a look-up would cost more
 * than the look-up.
 */
static unsigned int wrong_answers(struct kunit *test, const struct layout *layout,
				  unsigned int count)
{
	unsigned int i, wrong = 0;
	struct dm_search s;
	sector_t begin = 0, end = 0;

	KUNIT_ASSERT_EQ(test, dm_search_build(&s, count, layout->end, &count), 0);
	for (i = 0; i < count; i++) {
		end = layout->end(&count, i);
		wrong += dm_search_find(&s, begin) != i;
		wrong += dm_search_find(&s, end - 1) != i;
		begin = end;
		if (!(i % 4096))
			cond_resched();
	}
	/* behind the end */
	wrong += dm_search_find(&s, end) < count;
	wrong += dm_search_find(&s, U64_MAX) < count;
	if (end < U64_MAX)
		wrong += dm_search_find(&s, end + 1) < count;
	dm_search_free(&s);
	return wrong;
}

static void search_finds_every_boundary_for_small_sizes(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	unsigned int count;

	for (count = 1; count <= 600; count++)
		KUNIT_EXPECT_EQ_MSG(test, wrong_answers(test, layout, count), 0,
				    "with %u targets", count);
}

/* Where a level is full, or one key more or less than that. */
static void search_finds_every_boundary_around_powers_of_eight(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	unsigned int power, count;

	for (power = 8; power <= 32768; power *= 8)
		for (count = power - 1; count <= power + 1; count++)
			KUNIT_EXPECT_EQ_MSG(test, wrong_answers(test, layout, count), 0,
					    "with %u targets", count);
}

static void search_finds_every_boundary_of_fifty_thousand(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, wrong_answers(test, test->param_value, 50000), 0);
}

static void search_finds_every_boundary_of_a_million(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, wrong_answers(test, &layouts[2], 1000000), 0);
}

/* Not only the boundaries: each sector, against the slowest way to find it. */
static void search_agrees_with_a_scan_on_every_sector(struct kunit *test)
{
	static const unsigned int counts[] = { 1, 2, 7, 8, 9, 63, 64, 65, 100, 511, 513 };
	unsigned int c, i, wrong = 0;
	struct dm_search s;
	sector_t sector;

	for (c = 0; c < ARRAY_SIZE(counts); c++) {
		KUNIT_ASSERT_EQ(test, dm_search_build(&s, counts[c], end_uneven, NULL), 0);
		for (i = 0, sector = 0; i < counts[c]; sector++) {
			wrong += dm_search_find(&s, sector) != i;
			if (sector + 1 == end_uneven(NULL, i))
				i++;
		}
		dm_search_free(&s);
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

static void search_in_an_empty_table_finds_nothing(struct kunit *test)
{
	struct dm_search s;

	KUNIT_ASSERT_EQ(test, dm_search_build(&s, 0, end_ones, NULL), 0);
	KUNIT_EXPECT_EQ(test, s.count, 0);
	/* 0 is not below the count of 0 */
	KUNIT_EXPECT_GE(test, dm_search_find(&s, 0), s.count);
	KUNIT_EXPECT_GE(test, dm_search_find(&s, U64_MAX), s.count);
	dm_search_free(&s);
}

static void search_of_one_target_needs_no_tree(struct kunit *test)
{
	struct dm_search s;

	KUNIT_ASSERT_EQ(test, dm_search_build(&s, 1, end_eights, NULL), 0);
	KUNIT_EXPECT_NULL(test, s.nodes);
	KUNIT_EXPECT_EQ(test, s.levels, 0);
	KUNIT_EXPECT_EQ(test, dm_search_find(&s, 7), 0);
	KUNIT_EXPECT_GE(test, dm_search_find(&s, 8), 1);
	dm_search_free(&s);
}

/* A million targets: the nodes are an eighth more than the ends, not a multiple. */
static void search_has_no_more_levels_than_it_needs(struct kunit *test)
{
	static const struct {
		unsigned int count, levels;
	} expected[] = {
		{ 2, 1 }, { 8, 1 }, { 9, 2 }, { 64, 2 }, { 65, 3 }, { 512, 3 }, { 513, 4 },
		{ 4096, 4 }, { 4097, 5 }, { 32768, 5 }, { 32769, 6 },
	};
	struct dm_search s;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		KUNIT_ASSERT_EQ(test, dm_search_build(&s, expected[i].count, end_ones, NULL), 0);
		KUNIT_EXPECT_EQ_MSG(test, s.levels, expected[i].levels, "with %u targets",
				    expected[i].count);
		dm_search_free(&s);
	}
}

static void search_nodes_are_cache_lines(struct kunit *test)
{
	struct dm_search s;
	unsigned int l;

	KUNIT_ASSERT_EQ(test, dm_search_build(&s, 5000, end_ones, NULL), 0);
	for (l = 0; l < s.levels; l++)
		KUNIT_EXPECT_EQ(test, (unsigned long)s.level[l] % 64, 0UL);
	dm_search_free(&s);
}

static void search_can_be_freed_when_zeroed_or_freed(struct kunit *test)
{
	struct dm_search s = { };

	dm_search_free(&s);
	KUNIT_ASSERT_EQ(test, dm_search_build(&s, 100, end_ones, NULL), 0);
	dm_search_free(&s);
	KUNIT_EXPECT_NULL(test, s.nodes);
	dm_search_free(&s);
	KUNIT_EXPECT_NULL(test, s.nodes);
}

static struct kunit_case search_cases[] = {
	KUNIT_CASE_PARAM(search_finds_every_boundary_for_small_sizes, layout_gen_params),
	KUNIT_CASE_PARAM(search_finds_every_boundary_around_powers_of_eight, layout_gen_params),
	KUNIT_CASE_PARAM(search_finds_every_boundary_of_fifty_thousand, layout_gen_params),
	KUNIT_CASE(search_finds_every_boundary_of_a_million),
	KUNIT_CASE(search_agrees_with_a_scan_on_every_sector),
	KUNIT_CASE(search_in_an_empty_table_finds_nothing),
	KUNIT_CASE(search_of_one_target_needs_no_tree),
	KUNIT_CASE(search_has_no_more_levels_than_it_needs),
	KUNIT_CASE(search_nodes_are_cache_lines),
	KUNIT_CASE(search_can_be_freed_when_zeroed_or_freed),
	{ }
};

static struct kunit_suite search_suite = {
	.name = "dm_search",
	.test_cases = search_cases,
};

kunit_test_suite(search_suite);
