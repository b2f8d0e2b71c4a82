// SPDX-License-Identifier: GPL-2.0
/* The state machine of a mapped device, over all pairs: include/state.h. */
#include "device.h"
#include "fixture.h"
#include "kunit.h"
#include "state.h"

/* Every legal move there is, said a second time: from, to. */
static const enum dm_state legal[][2] = {
	{ DM_STATE_ACTIVE, DM_STATE_SUSPENDING },	/* any suspend begins */
	{ DM_STATE_ACTIVE, DM_STATE_DEAD },		/* removed */
	{ DM_STATE_SUSPENDING, DM_STATE_QUIESCED },	/* drained */
	{ DM_STATE_SUSPENDING, DM_STATE_ACTIVE },	/* a signal: given up */
	{ DM_STATE_SUSPENDING, DM_STATE_HELD },		/* fast internal suspend */
	{ DM_STATE_QUIESCED, DM_STATE_SUSPENDED },	/* by the user */
	{ DM_STATE_QUIESCED, DM_STATE_HELD },		/* from inside the kernel */
	{ DM_STATE_SUSPENDED, DM_STATE_RESUMING },
	{ DM_STATE_SUSPENDED, DM_STATE_SUSPENDED_HELD },
	{ DM_STATE_SUSPENDED, DM_STATE_DEAD },
	{ DM_STATE_RESUMING, DM_STATE_ACTIVE },
	{ DM_STATE_RESUMING, DM_STATE_SUSPENDED },	/* a target refused */
	{ DM_STATE_HELD, DM_STATE_ACTIVE },		/* fast: targets know of nothing */
	{ DM_STATE_HELD, DM_STATE_RESUMING },
	{ DM_STATE_SUSPENDED_HELD, DM_STATE_SUSPENDED },
};

static bool is_legal(enum dm_state from, enum dm_state to)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(legal); i++)
		if (legal[i][0] == from && legal[i][1] == to)
			return true;
	return false;
}

static const enum dm_state all_states[] = {
	DM_STATE_ACTIVE, DM_STATE_SUSPENDING, DM_STATE_QUIESCED, DM_STATE_SUSPENDED,
	DM_STATE_RESUMING, DM_STATE_HELD, DM_STATE_SUSPENDED_HELD, DM_STATE_DEAD,
};

static void state_desc(const enum dm_state *state, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "from_%s", dm_state_name(*state));
	strreplace(desc, ' ', '_');
}

KUNIT_ARRAY_PARAM(state, all_states, state_desc);

static void state_moves_only_where_it_may(struct kunit *test)
{
	const enum dm_state from = *(const enum dm_state *)test->param_value;
	enum dm_state to;

	BUILD_BUG_ON(ARRAY_SIZE(all_states) != DM_STATE_COUNT);
	for (to = 0; to < DM_STATE_COUNT; to++)
		KUNIT_EXPECT_EQ_MSG(test, dm_state_may_move(from, to), is_legal(from, to),
				    "to %s", dm_state_name(to));
}

/* The one function that changes a device's state obeys the table, and says so. */
static void state_move_of_a_device_obeys_the_table(struct kunit *test)
{
	const enum dm_state from = *(const enum dm_state *)test->param_value;
	struct mapped_device *md = fx_device(test);
	enum dm_state to;
	int r;

	mutex_lock(&md->verbs);
	for (to = 0; to < DM_STATE_COUNT; to++) {
		md->state = from;
		r = dm_state_move(md, to);
		KUNIT_EXPECT_EQ_MSG(test, r, is_legal(from, to) ? 0 : -EINVAL, "to %s",
				    dm_state_name(to));
		KUNIT_EXPECT_EQ_MSG(test, (int)dm_state_get(md), (int)(r ? from : to),
				    "to %s", dm_state_name(to));
	}
	md->state = DM_STATE_ACTIVE;
	mutex_unlock(&md->verbs);
}

static void state_that_is_none_leads_nowhere(struct kunit *test)
{
	static const int bad[] = { -1, DM_STATE_COUNT, DM_STATE_COUNT + 1, 31, 32, 33, INT_MAX,
				   INT_MIN };
	unsigned int i;
	enum dm_state s;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		for (s = 0; s < DM_STATE_COUNT; s++) {
			KUNIT_EXPECT_FALSE(test, dm_state_may_move(s, (enum dm_state)bad[i]));
			KUNIT_EXPECT_FALSE(test, dm_state_may_move((enum dm_state)bad[i], s));
		}
		KUNIT_EXPECT_STREQ(test, dm_state_name((enum dm_state)bad[i]), "unknown");
	}
}

static void state_names_are_there_and_differ(struct kunit *test)
{
	enum dm_state a, b;

	for (a = 0; a < DM_STATE_COUNT; a++) {
		KUNIT_ASSERT_NOT_NULL(test, dm_state_name(a));
		KUNIT_EXPECT_STRNEQ(test, dm_state_name(a), "");
		KUNIT_EXPECT_STRNEQ(test, dm_state_name(a), "unknown");
		for (b = 0; b < a; b++)
			KUNIT_EXPECT_STRNEQ(test, dm_state_name(a), dm_state_name(b));
	}
}

/* What user space is told: DM_SUSPEND_FLAG and DM_INTERNAL_SUSPEND_FLAG. */
static void state_is_shown_as_suspended_or_held(struct kunit *test)
{
	static const struct {
		bool suspended, held;
	} shown[DM_STATE_COUNT] = {
		[DM_STATE_QUIESCED] = { true, false },
		[DM_STATE_SUSPENDED] = { true, false },
		[DM_STATE_RESUMING] = { true, false },
		[DM_STATE_HELD] = { false, true },
		[DM_STATE_SUSPENDED_HELD] = { true, true },
	};
	enum dm_state s;

	for (s = 0; s < DM_STATE_COUNT; s++) {
		KUNIT_EXPECT_EQ_MSG(test, dm_state_suspended(s), shown[s].suspended, "%s",
				    dm_state_name(s));
		KUNIT_EXPECT_EQ_MSG(test, dm_state_held(s), shown[s].held, "%s",
				    dm_state_name(s));
	}
}

/* From wherever a device can get, it can get to the end: no state is a trap. */
static void state_dead_can_be_reached_from_everywhere(struct kunit *test)
{
	unsigned int reach = BIT(DM_STATE_DEAD), before;
	enum dm_state from, to;

	do {
		before = reach;
		for (from = 0; from < DM_STATE_COUNT; from++)
			for (to = 0; to < DM_STATE_COUNT; to++)
				if (reach & BIT(to) && dm_state_may_move(from, to))
					reach |= BIT(from);
	} while (reach != before);
	KUNIT_EXPECT_EQ(test, reach, (1u << DM_STATE_COUNT) - 1);
}

static struct kunit_case state_cases[] = {
	KUNIT_CASE_PARAM(state_moves_only_where_it_may, state_gen_params),
	KUNIT_CASE_PARAM(state_move_of_a_device_obeys_the_table, state_gen_params),
	KUNIT_CASE(state_that_is_none_leads_nowhere),
	KUNIT_CASE(state_names_are_there_and_differ),
	KUNIT_CASE(state_is_shown_as_suspended_or_held),
	KUNIT_CASE(state_dead_can_be_reached_from_everywhere),
	{ }
};

static struct kunit_suite state_suite = {
	.name = "dm_state",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = state_cases,
};

kunit_test_suite(state_suite);
