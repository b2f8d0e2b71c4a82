// SPDX-License-Identifier: GPL-2.0
/* Calls of the control device. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "oracle.h"

static const char *const bad_names[] = {
	"", "a/b", "/", "control", "..", ".", "nosuch", "a\x01", "A",
};

static const uint32_t known_flags[] = {
	DM_READONLY_FLAG, DM_SUSPEND_FLAG, DM_PERSISTENT_DEV_FLAG,
	DM_STATUS_TABLE_FLAG, DM_ACTIVE_PRESENT_FLAG, DM_INACTIVE_PRESENT_FLAG,
	DM_BUFFER_FULL_FLAG, DM_SKIP_BDGET_FLAG, DM_SKIP_LOCKFS_FLAG,
	DM_NOFLUSH_FLAG, DM_QUERY_INACTIVE_TABLE_FLAG, DM_UEVENT_GENERATED_FLAG,
	DM_UUID_FLAG, DM_SECURE_DATA_FLAG, DM_DATA_OUT_FLAG, DM_DEFERRED_REMOVE,
	DM_INTERNAL_SUSPEND_FLAG, DM_IMA_MEASUREMENT_FLAG, 1 << 2, 1 << 7,
	1 << 20, 1u << 31,
};

static size_t size_pick(bool payload_in)
{
	static const size_t sizes[] = {
		312, 313, 316, 320, 321, 328, 336, 344, 352, 353, 360, 376, 400,
		424, 440, 480, 512, 600, 1024, 4096, 65536,
	};

	if (payload_in || rng_chance(65))
		return 16384;
	return sizes[rng_below(ARRAY_SIZE(sizes))];
}

static uint64_t dev_number(int major, int minor)
{
	return (minor & 0xff) | ((uint64_t)major << 8) |
	       ((uint64_t)(minor & ~0xff) << 12);
}

static void wild_string(char *to, size_t size)
{
	size_t i;

	switch (rng_below(3)) {
	case 0:
		memset(to, 'n', size);
		break;
	case 1:
		for (i = 0; i < size; i++)
			to[i] = rng_next();
		break;
	default:
		field_copy(to, bad_names[rng_below(ARRAY_SIZE(bad_names))], size);
		break;
	}
}

/* Say which device is meant, in one of the ways there are. */
static void address(struct ctl *c, struct mdev *m)
{
	const char *name = good_names[m->used ? m->name : (int)rng_below(MDEVS)];
	const char *uuid = m->used && m->uuid >= 0 ? good_uuids[m->uuid] : NULL;
	unsigned int dice = rng_below(100);

	if (dice < 55 || (dice < 70 && !uuid))
		ctl_name(c, name);
	else if (dice < 70)
		ctl_uuid(c, uuid);
	else if (dice < 86)
		c->h->dev = dev_number(dm_major(), m->minor);
	else if (dice < 89 && uuid) {
		ctl_name(c, name);
		ctl_uuid(c, uuid);
	} else if (dice < 91) {
		ctl_name(c, name);
		c->h->dev = dev_number(dm_major(), m->minor);
	} else if (dice < 92) {
		ctl_uuid(c, good_uuids[rng_below(MDEVS)]);
		c->h->dev = dev_number(dm_major(), m->minor);
	} else if (dice < 94)
		ctl_uuid(c, good_uuids[rng_below(MDEVS)]);
	else if (dice < 96)
		c->h->dev = dev_number(rng_chance(50) ? dm_major() : 1,
				       rng_below(12));
	else if (dice < 97)
		c->h->dev = rng_next();
	else if (dice < 98)
		wild_string(c->h->name, sizeof(c->h->name));
	else if (dice < 99)
		wild_string(c->h->uuid, sizeof(c->h->uuid));
}

/* One field of the header becomes what nobody expects. */
static void hostile(struct ctl *c)
{
	static const uint32_t sizes[] = {
		0, 1, 12, 304, 305, 311, 0x7fffffff, 0x80000000, 0xffffffff,
		0xfffffff0, 2097152, 17000,
	};
	static const uint32_t starts[] = {
		0, 1, 304, 305, 311, 313, 314, 316, 320, 16383, 16384, 16385,
		0x7fffffff, 0xffffffff, 0xfffffff8,
	};
	struct dm_ioctl *h = c->h;

	switch (rng_below(9)) {
	case 0:
		h->version[rng_below(3)] = rng_chance(50) ? rng_below(60) :
					   (uint32_t)rng_next();
		break;
	case 1:
		h->data_size = sizes[rng_below(ARRAY_SIZE(sizes))];
		break;
	case 2:
		h->data_start = starts[rng_below(ARRAY_SIZE(starts))];
		break;
	case 3:
		h->flags ^= known_flags[rng_below(ARRAY_SIZE(known_flags))];
		break;
	case 4:
		h->flags = rng_next();
		/* A wait for an event would be none of suspend's business. */
		break;
	case 5:
		h->target_count = rng_next();
		h->open_count = rng_next();
		h->padding = rng_next();
		break;
	case 6:
		wild_string(h->name, sizeof(h->name));
		break;
	case 7:
		wild_string(h->uuid, sizeof(h->uuid));
		break;
	default:
		h->dev = rng_next();
		memset(h->data, 'p', sizeof(h->data));
		break;
	}
}

static void gen_create(struct ctl *c)
{
	struct mdev *m = &model[rng_below(MDEVS)];
	int name = rng_below(MDEVS), uuid = -1, minor;
	unsigned int i;
	bool clash = false;

	for (i = 0; i < MDEVS && m->used; i++)
		m = &model[i];
	for (i = 0; i < MDEVS && !rng_chance(10); i++) {
		unsigned int k;
		bool taken = false;

		for (k = 0; k < MDEVS; k++)
			taken |= model[k].used && model[k].name == name;
		if (!taken)
			break;
		name = (name + 1) % MDEVS;
	}
	if (rng_chance(50))
		uuid = rng_below(MDEVS);
	ctl_name(c, good_names[name]);
	if (uuid >= 0)
		ctl_uuid(c, good_uuids[uuid]);
	for (minor = 0; model_by_minor(minor); minor++)
		;
	if (rng_chance(25)) {
		static const int minors[] = { 0, 1, 2, 3, 5, 7, 9, 255, 256, 300,
			1048575, 1048576, -1 };

		minor = minors[rng_below(ARRAY_SIZE(minors))];
		c->h->flags |= DM_PERSISTENT_DEV_FLAG;
		c->h->dev = dev_number(rng_chance(90) ? dm_major() : 7, minor);
		if (minor < 0 || minor > 1048575 || model_by_minor(minor))
			clash = true;
	}
	if (rng_chance(4)) {
		wild_string(c->h->name, sizeof(c->h->name));
		clash = true;
	}
	for (i = 0; i < MDEVS; i++)
		if (model[i].used && (model[i].name == name ||
				      (uuid >= 0 && model[i].uuid == uuid)))
			clash = true;
	if (clash || m->used)
		return;
	memset(m, 0, sizeof(*m));
	m->used = true;
	m->name = name;
	m->uuid = uuid;
	m->minor = minor;
}

static void gen_remove(struct ctl *c, struct mdev *m)
{
	address(c, m);
	if (rng_chance(35)) {
		c->h->flags |= DM_DEFERRED_REMOVE;
		m->deferred = true;
	}
	c->h->event_nr = rng_chance(50) ? 0 : rng_next();
	if (!m->holds)
		m->used = false;
}

static void gen_rename(struct ctl *c, struct mdev *m)
{
	unsigned int n = rng_below(MDEVS);

	/* Renaming goes by the name alone. */
	if (rng_chance(75))
		ctl_name(c, good_names[m->name]);
	else
		address(c, m);
	c->h->event_nr = rng_chance(50) ? 0 : rng_next();
	if (rng_chance(30)) {
		c->h->flags |= DM_UUID_FLAG;
		ctl_string(c, good_uuids[n]);
		if (m->uuid < 0)
			m->uuid = n;
		return;
	}
	if (rng_chance(15)) {
		static char lots[400];

		memset(lots, 'L', sizeof(lots) - 1);
		lots[126 + rng_below(4)] = 0;
		ctl_string(c, rng_chance(50) ? lots :
			   bad_names[rng_below(ARRAY_SIZE(bad_names))]);
		return;
	}
	ctl_string(c, good_names[n]);
	m->name = n;
}

static void gen_suspend(struct ctl *c, struct mdev *m)
{
	static const uint32_t extra[] = { DM_SKIP_LOCKFS_FLAG, DM_NOFLUSH_FLAG,
		DM_READONLY_FLAG, DM_QUERY_INACTIVE_TABLE_FLAG };
	unsigned int i;

	address(c, m);
	c->h->event_nr = rng_chance(50) ? 0 : rng_next();
	for (i = 0; i < ARRAY_SIZE(extra); i++)
		if (rng_chance(20))
			c->h->flags |= extra[i];
	if (rng_chance(m->inactive ? 15 : m->suspended ? 30 : 60)) {
		c->h->flags |= DM_SUSPEND_FLAG;
		m->suspended = true;
		return;
	}
	if (m->inactive) {
		m->live = m->inactive;
		m->inactive = 0;
	}
	m->suspended = false;
}

static void gen_load(struct ctl *c, struct mdev *m)
{
	address(c, m);
	if (rng_chance(12))
		c->h->flags |= DM_READONLY_FLAG;
	gen_table(c, m);
}

static void gen_status(struct ctl *c, struct mdev *m)
{
	address(c, m);
	if (rng_chance(50))
		c->h->flags |= DM_STATUS_TABLE_FLAG;
	if (rng_chance(30))
		c->h->flags |= DM_QUERY_INACTIVE_TABLE_FLAG;
	if (rng_chance(15))
		c->h->flags |= DM_NOFLUSH_FLAG;
	if (rng_chance(4))
		c->h->flags |= DM_IMA_MEASUREMENT_FLAG;
}

static void gen_wait(struct ctl *c, struct mdev *m)
{
	address(c, m);
	c->h->event_nr = rng_chance(50) ? 0 : rng_below(8);
	if (rng_chance(20))
		c->h->flags |= DM_STATUS_TABLE_FLAG;
	c->via = rng_below(2) ? VIA_FIRST : VIA_SECOND;
	c->async = true;
}

static void gen_geometry(struct ctl *c, struct mdev *m)
{
	static const char *const odd[] = { "", "1 2 3", "1 2 3 4 5", "a b c d",
		"65536 1 1 0", "1 256 1 0", "1 1 256 0", "-1 1 1 1",
		"1  2 3 4", "1 2 3 18446744073709551615", "0 0 0 0",
		"65535 255 255 4294967295", "1 2 3 4x", "0x10 2 3 4" };
	char buf[64];

	address(c, m);
	if (rng_chance(40)) {
		ctl_string(c, odd[rng_below(ARRAY_SIZE(odd))]);
		return;
	}
	snprintf(buf, sizeof(buf), "%u %u %u %u", (unsigned int)rng_below(20),
		 (unsigned int)rng_below(20), (unsigned int)rng_below(64),
		 (unsigned int)rng_below(200));
	ctl_string(c, buf);
}

static void gen_target_version(struct ctl *c)
{
	static const char *const types[] = { "linear", "striped", "error", "zero",
		"nosuch", "", "crypt", "linear ", "0123456789abcdef",
		"0123456789abcdefghijklmnop" };

	ctl_name(c, types[rng_below(ARRAY_SIZE(types))]);
	if (rng_chance(20)) {
		memset(c->h->name, 0, sizeof(c->h->name));
		ctl_string(c, types[rng_below(ARRAY_SIZE(types))]);
	}
}

struct pick {
	unsigned int weight;
	unsigned int nr;
};

static const struct pick picks[] = {
	{ 100, DM_DEV_CREATE_CMD }, { 55, DM_DEV_REMOVE_CMD },
	{ 190, DM_TABLE_LOAD_CMD }, { 200, DM_DEV_SUSPEND_CMD },
	{ 60, DM_DEV_STATUS_CMD }, { 90, DM_TABLE_STATUS_CMD },
	{ 45, DM_TABLE_DEPS_CMD }, { 20, DM_TABLE_CLEAR_CMD },
	{ 45, DM_DEV_RENAME_CMD }, { 70, DM_TARGET_MSG_CMD },
	{ 25, DM_DEV_SET_GEOMETRY_CMD }, { 45, DM_LIST_DEVICES_CMD },
	{ 15, DM_LIST_VERSIONS_CMD }, { 20, DM_GET_TARGET_VERSION_CMD },
	{ 20, DM_DEV_WAIT_CMD }, { 12, DM_DEV_ARM_POLL_CMD },
	{ 12, DM_VERSION_CMD }, { 3, DM_REMOVE_ALL_CMD }, { 10, 18 },
};

static unsigned int nr_pick(void)
{
	unsigned int total = 0, i, n;

	for (i = 0; i < ARRAY_SIZE(picks); i++)
		total += picks[i].weight;
	n = rng_below(total);
	for (i = 0; n >= picks[i].weight; i++)
		n -= picks[i].weight;
	return picks[i].nr;
}

static unsigned long odd_request(unsigned int *nr)
{
	*nr = rng_chance(50) ? 18 + rng_below(238) : rng_below(18);
	switch (rng_below(4)) {
	case 0:
		return _IO(DM_IOCTL, *nr);
	case 1:
		return _IOC(_IOC_READ | _IOC_WRITE, DM_IOCTL, *nr, 0x1fff);
	case 2:
		return _IOC(_IOC_READ | _IOC_WRITE, 0xfc, *nr,
			    sizeof(struct dm_ioctl));
	default:
		return _IOC(_IOC_READ | _IOC_WRITE, DM_IOCTL, *nr,
			    sizeof(struct dm_ioctl));
	}
}

static bool takes_payload(unsigned int nr)
{
	return nr == DM_TABLE_LOAD_CMD || nr == DM_TARGET_MSG_CMD ||
	       nr == DM_DEV_RENAME_CMD || nr == DM_DEV_SET_GEOMETRY_CMD;
}

static void gen_arguments(struct ctl *c, struct mdev *m)
{
	switch (c->nr) {
	case DM_DEV_CREATE_CMD:
		gen_create(c);
		break;
	case DM_DEV_REMOVE_CMD:
		gen_remove(c, m);
		break;
	case DM_DEV_RENAME_CMD:
		gen_rename(c, m);
		break;
	case DM_DEV_SUSPEND_CMD:
		gen_suspend(c, m);
		break;
	case DM_TABLE_LOAD_CMD:
		gen_load(c, m);
		break;
	case DM_TARGET_MSG_CMD:
		address(c, m);
		gen_message(c, m);
		break;
	case DM_DEV_WAIT_CMD:
		gen_wait(c, m);
		break;
	case DM_DEV_SET_GEOMETRY_CMD:
		gen_geometry(c, m);
		break;
	case DM_GET_TARGET_VERSION_CMD:
		gen_target_version(c);
		break;
	case DM_REMOVE_ALL_CMD:
		if (rng_chance(40))
			c->h->flags |= DM_DEFERRED_REMOVE;
		break;
	case DM_LIST_DEVICES_CMD:
	case DM_LIST_VERSIONS_CMD:
	case DM_VERSION_CMD:
	case DM_DEV_ARM_POLL_CMD:
		break;
	default:
		gen_status(c, m);
		break;
	}
}

void gen_control(void)
{
	unsigned int nr = nr_pick(), i, there = 0;
	struct mdev *m = model_pick();
	struct ctl *c;

	for (i = 0; i < MDEVS; i++)
		there += model[i].used;
	if (there < 3 && rng_chance(40))
		nr = DM_DEV_CREATE_CMD;
	else if (nr == DM_TABLE_LOAD_CMD && m->inactive && rng_chance(50))
		nr = DM_DEV_SUSPEND_CMD;

	/* Removal waits for waiters: mostly let them go first. */
	if ((nr == DM_DEV_REMOVE_CMD || nr == DM_REMOVE_ALL_CMD) &&
	    workers_waiting() && rng_chance(85)) {
		log_add("waiters are sent away\n");
		workers_signal();
	}
	c = ctl_new(nr, size_pick(takes_payload(nr)));
	if (rng_chance(20) && !takes_payload(nr)) {
		memset((char *)c->h + c->used, 0, c->room - c->used);
		c->fill = 0;
	}
	if (rng_chance(20))
		c->via = VIA_32;
	else if (rng_chance(20))
		c->via = VIA_SECOND;
	else if (rng_chance(2))
		c->via = VIA_NOBODY;
	gen_arguments(c, m);
	if (rng_chance(2))
		c->request = odd_request(&c->nr);
	if (nr == 18)
		c->request = odd_request(&c->nr);
	if (c->request != _IOWR(DM_IOCTL, nr, struct dm_ioctl))
		text_add(&c->args, " request=0x%lx", c->request);
	/* A hostile wait or load could mean what the guards have not seen. */
	if (rng_chance(8) && nr != DM_DEV_WAIT_CMD && nr != DM_TABLE_LOAD_CMD)
		hostile(c);
	if (rng_chance(25) && nr == DM_TABLE_LOAD_CMD && rng_chance(20)) {
		c->h->version[rng_below(3)] = rng_below(60);
		c->h->flags |= known_flags[rng_below(ARRAY_SIZE(known_flags))];
	}
	if (rng_chance(2) && !c->async)
		ctl_edge(c);
	if (_IOC_NR(c->request) == DM_DEV_WAIT_CMD)
		c->async = true;
	if (c->async && c->via > VIA_SECOND)
		c->via = VIA_FIRST;
	ctl_run(c);
}

static const char *const messages[] = {
	"", " ", "hello", "@", "@foo", "@foo bar", "@cancel_deferred_remove",
	"@cancel_deferred_remove x", "@stats_list", "@stats_list p1",
	"@stats_list p1 p2", "@stats_create", "@stats_create -",
	"@stats_create - /1", "@stats_create - /4", "@stats_create 0+64 /1 p1",
	"@stats_create 0+64 8 p1 aux", "@stats_create 8+8 /1 - - - -",
	"@stats_create - /1 1 precise_timestamps p1",
	"@stats_create - /1 1 histogram:10,20,30 p1",
	"@stats_create - /1 2 precise_timestamps histogram:1,5 p1 aux",
	"@stats_create 0+0 /1", "@stats_create 0+8 0", "@stats_create 8 /1",
	"@stats_create - /0", "@stats_create - 8 1 nonsense p1",
	"@stats_create 0+18446744073709551615 8",
	"@stats_delete 0", "@stats_delete 1", "@stats_delete", "@stats_delete x",
	"@stats_delete 4294967296", "@stats_clear 0", "@stats_clear 1",
	"@stats_print 0", "@stats_print 0 0 1", "@stats_print 0 1 2",
	"@stats_print 1", "@stats_print", "@stats_print 0 1", "@stats_print_clear 0",
	"@stats_print_clear 0 0 100", "@stats_set_aux 0 aux2", "@stats_set_aux 0 -",
	"@stats_set_aux 1 x", "@stats_set_aux", "@stats_bogus", "@STATS_LIST",
	"one two three four five six seven eight nine ten eleven twelve",
	"esc\\ aped arg", "trailing\\",
};

void gen_message(struct ctl *c, struct mdev *m)
{
	uint64_t sector = 0;

	if (m->live && rng_chance(30))
		sector = rng_below(m->live);
	if (rng_chance(10))
		sector = m->live + rng_below(2);
	if (rng_chance(4))
		sector = rng_next();
	ctl_message(c, sector, messages[rng_below(ARRAY_SIZE(messages))]);
	/* Room for the answer, or not quite. */
	if (rng_chance(15))
		c->h->data_size = c->used + rng_below(40);
	if (rng_chance(3))
		c->h->data_size = c->used - 1 - rng_below(12);
}

void gen_poll(void)
{
	struct pollfd fds[2];
	int n;

	if (rng_chance(50)) {
		struct ctl *c = ctl_new(DM_DEV_ARM_POLL_CMD, 312);

		c->via = rng_chance(50) ? VIA_FIRST : VIA_SECOND;
		ctl_run(c);
		return;
	}
	fds[0].fd = arena_control_fd(VIA_FIRST);
	fds[1].fd = arena_control_fd(VIA_SECOND);
	fds[0].events = POLLIN | POLLOUT | POLLPRI | POLLRDNORM;
	fds[1].events = POLLIN;
	n = poll(fds, 2, 0);
	log_add("poll\n  = %d 0x%x 0x%x\n", n, fds[0].revents, fds[1].revents);
}
