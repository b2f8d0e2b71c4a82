# SPDX-License-Identifier: GPL-2.0
#
# "make help" says what there is.

ifdef KVER
KDIR ?= /lib/modules/$(KVER)/build
else ifeq ($(wildcard /lib/modules/$(shell uname -r)/build/Makefile),)
KDIR ?= $(shell ls -d /usr/src/linux-headers-*-amd64 2> /dev/null | sort -V | tail -1)
else
KDIR ?= /lib/modules/$(shell uname -r)/build
endif

# The guest's kernel. "make check" uses all of them unless one is asked for.
KERNEL ?= 6.1
ifneq ($(filter command environment,$(origin KERNEL)),)
CHECK_KERNELS := $(KERNEL)
endif

CLIENT_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64
CLIENT_SOURCES := $(wildcard tests/clients/*.c)
CLIENT_HEADERS := $(wildcard tests/clients/*.h)
# A client that shares code with others names it in tests/clients/Makefile.deps,
# as "build/clients/NAME build/clients/NAME.32: tests/clients/lib/PART.c".
CLIENT_NAMES := $(notdir $(basename $(CLIENT_SOURCES)))
CLIENTS := $(addprefix build/clients/,$(CLIENT_NAMES) $(addsuffix .32,$(CLIENT_NAMES)))

.PHONY: all modules install uninstall install-source deb clean help setup clients demo shell \
	lint promise coverage check check-all check-install check-kunit check-functional check-oracle check-root bench

all: modules

modules:
	@test -n "$(KDIR)" || { echo "No kernel headers: install linux-headers-amd64 or give KDIR=" >&2; exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

# Only what is named: by default it is for the running kernel, whatever KDIR became.
INSTALL_VARS = KVER='$(KVER)' DESTDIR='$(DESTDIR)' MODULE='$(MODULE)' \
	KDIR='$(if $(filter command environment,$(origin KDIR)),$(KDIR))'

install uninstall:
	@$(INSTALL_VARS) scripts/install $@

install-source:
	@$(INSTALL_VARS) scripts/install source

deb:
	@scripts/deb

clean:
	@test -z "$(KDIR)" || $(MAKE) -C $(KDIR) M=$(CURDIR) clean
	rm -rf build

help:
	@echo "make               build dm-mod.ko for KDIR ($(KDIR))"
	@echo "make install       put it in the place of the stock one, from the next boot on"
	@echo "make uninstall     go back to the stock one; both for the running kernel,"
	@echo "                   or KVER=... or KDIR=...; below DESTDIR=..."
	@echo "make install-source   put its source where DKMS looks for it"
	@echo "make deb           build a Debian package of that"
	@echo "make setup         install the Debian packages the rest needs, where missing"
	@echo "make demo          see the module do its job in a virtual machine"
	@echo "make shell         a root shell in such a machine (control-A x ends it)"
	@echo "make check         the tests; T=pattern: the scenarios that match"
	@echo "make check-all     the same, and each on every kernel that it is for"
	@echo "make check-install, check-kunit, check-functional, check-oracle, lint    one part of it"
	@echo "make promise       the symbols, prototypes and layouts that target modules rely on"
	@echo "make check-root    a machine with its root on LVM on LUKS, installed, booted, and back"
	@echo "make bench         what I/O and control calls cost, stock and ours; writes docs/performance.md"
	@echo "make coverage      line coverage of the module by KUnit and functional tests"
	@echo "make clients       build the test programs"
	@echo "make clean         remove what was built here (kernels stay in the cache)"
	@echo "KERNEL=6.1 (default), 6.12 or debug picks the virtual machine's kernel."

setup:
	@scripts/setup

clients: $(CLIENTS)

build/clients:
	@mkdir -p $@

build/clients/%: tests/clients/%.c $(CLIENT_HEADERS) | build/clients
	$(CC) $(CLIENT_CFLAGS) -static -o $@ $(filter %.c,$^) -pthread

build/clients/%.32: tests/clients/%.c $(CLIENT_HEADERS) | build/clients
	$(CC) -m32 $(CLIENT_CFLAGS) -static -o $@ $(filter %.c,$^) -pthread

-include tests/clients/Makefile.deps

demo: setup
	@tests/demo/run KERNEL=$(KERNEL)

shell: setup
	@tests/vm/run --kernel $(KERNEL) --shell

bench: setup
	@tests/bench/run --kernel $(KERNEL) --write

lint promise check check-all check-install check-kunit check-functional check-oracle check-root coverage: setup
	@T='$(T)' KERNELS='$(CHECK_KERNELS)' scripts/check $(patsubst check-%,%,$(patsubst check,check-usual,$@))
