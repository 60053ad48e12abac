# CNX.  `make help` lists the targets.
#
#   make demo     set up what is missing, build, run the heat sample on two ranks
#   make check    set up what is missing, build, run every test

CC  ?= gcc
CXX ?= g++
B   ?= build
SAN ?=
CUDA ?= 1
PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := 0.1

.DEFAULT_GOAL := all
MAKEFLAGS += -r
.SUFFIXES:
.SECONDARY:

# ---- what is on this machine -------------------------------------------------------------------
has_header = $(shell printf '\#include <stdio.h>\n\#include <$(1)>\n' | $(CC) -E -x c - >/dev/null 2>&1 && echo 1)
MPICC := $(shell command -v mpicc 2>/dev/null)
HAVE_MPI := $(if $(MPICC),1)
READLINE ?= 1
HAVE_READLINE := $(if $(filter 1,$(READLINE)),$(call has_header,readline/readline.h))

WARN   := -Wall -Wextra -Werror -Wno-unused-parameter
CFLAGS ?= -O2 -g
BASE   := -std=gnu11 $(WARN) -fno-strict-aliasing -fwrapv -ffp-contract=off -fno-math-errno -I. -I$(B)/gen \
          -DCNX_VERSION='"$(VERSION)"'
LIBS   := -lgmp -lsleef -ldouble-conversion -lstdc++ -lm -lpthread -ldl
ifeq ($(HAVE_MPI),1)
MPI_CFLAGS := -DHAVE_MPI $(shell $(MPICC) --showme:compile)
MPI_LIBS   := $(shell $(MPICC) --showme:link)
endif
ifeq ($(HAVE_READLINE),1)
READLINE_CFLAGS := -DHAVE_READLINE
LIBS += -lreadline
endif
ifneq ($(SAN),)
CFLAGS := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LDSAN  := -fsanitize=address,undefined
endif

# ---- sources ------------------------------------------------------------------------------------
GENERATORS := runtime/exec/gen_strips.c runtime/exec/gen_prelude.c stdlib/rng/gen_ziggurat.c
SRC  := $(filter-out $(GENERATORS),$(wildcard lexer/*.c parser/*.c interp/*.c runtime/*.c runtime/plan/*.c \
        runtime/exec/*.c runtime/text/*.c stdlib/*.c stdlib/*/*.c))
CXXSRC := $(wildcard runtime/text/*.cc)
MAIN := interp/main.c
OBJ  := $(patsubst %.c,$(B)/obj/%.o,$(SRC)) $(patsubst %.cc,$(B)/obj/%.o,$(CXXSRC))
LIBOBJ := $(filter-out $(B)/obj/$(MAIN:.c=.o),$(OBJ))
STRIP_PARTS := map $(foreach isa,avx2 avx512,$(isa) $(isa)_w1 $(isa)_w2 $(isa)_w4 $(isa)_w8)
STRIPS := $(STRIP_PARTS:%=$(B)/gen/strips_%.c)
STRIPOBJ := $(patsubst $(B)/gen/%.c,$(B)/obj/gen/%.o,$(STRIPS)) $(B)/obj/gen/prelude_text.o
STRIP_FLAGS := -std=gnu11 $(WARN) -Wno-unused-function -Wno-unused-variable -Wno-unused-but-set-variable -O2 \
               -fno-strict-aliasing -fwrapv -ffp-contract=off -fno-math-errno -I. -I$(B)/gen
UNIT := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))

PHONY_EXTRA := units san-check san-test slurm-check
.PHONY: $(PHONY_EXTRA) all help demo check test unit san lint bench install clean setup-build setup-check
all: $(B)/cnx ## build build/cnx (no root, no network)
	@test -n "$(HAVE_MPI)" || echo "note: no mpicc found; this cnx runs on one rank only"
	@test -n "$(HAVE_READLINE)" || echo "note: readline is missing; the REPL has no line editing"

$(B)/cnx: $(OBJ) $(STRIPOBJ)
	@echo "  LINK  $@"
	@$(CC) $(LDSAN) -o $@ $^ $(MPI_LIBS) $(LIBS)

$(B)/obj/runtime/exec/net.o: EXTRA := $(MPI_CFLAGS)
$(B)/obj/interp/repl.o: EXTRA := $(READLINE_CFLAGS)
$(B)/obj/interp/vm.o: EXTRA := -fno-gcse

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(BASE) $(CFLAGS) $(EXTRA) -MMD -MP -c -o $@ $<

$(B)/obj/%.o: %.cc Makefile
	@mkdir -p $(@D)
	@echo "  CXX   $<"
	@$(CXX) -std=gnu++17 -Wall -Wextra -Werror $(CFLAGS) -I. -MMD -MP -c -o $@ $<

$(B)/gen_strips: runtime/exec/gen_strips.c runtime/exec/emit.c runtime/body.c runtime/ops.c runtime/dtype.c runtime/base.c \
                 $(wildcard runtime/*.h runtime/*.def runtime/exec/emit.h runtime/exec/supers.h runtime/exec/supers.def)
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) $(BASE) -O1 -o $@ $(filter %.c,$^) -lm

$(B)/gen/strips_%.c: $(B)/gen_strips
	@mkdir -p $(@D)
	@echo "  GEN   $@"
	@$(B)/gen_strips $* > $@.new && mv $@.new $@

# The prelude as text: the compiled tier writes it before what it compiles.
$(B)/gen_prelude: runtime/exec/gen_prelude.c
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) $(BASE) -O1 -o $@ $<

$(B)/gen/prelude_text.c: $(B)/gen_prelude $(wildcard runtime/exec/prelude*.h runtime/exec/vmath*.h)
	@mkdir -p $(@D)
	@echo "  GEN   $@"
	@$(B)/gen_prelude runtime/exec/prelude.h > $@.new && mv $@.new $@

$(B)/gen_ziggurat: stdlib/rng/gen_ziggurat.c
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) $(BASE) -O1 -o $@ $< -lm

$(B)/gen/ziggurat.def: $(B)/gen_ziggurat
	@mkdir -p $(@D)
	@echo "  GEN   $@"
	@$(B)/gen_ziggurat > $@.new && mv $@.new $@

$(B)/obj/stdlib/rng/distributions.o: $(B)/gen/ziggurat.def

$(B)/obj/gen/strips_avx2%: ISA_FLAGS := -mavx2 -mfma
$(B)/obj/gen/strips_avx512%: ISA_FLAGS := -mavx2 -mfma -mavx512f -mavx512dq -mavx512bw -mavx512vl
$(B)/obj/gen/%.o: $(B)/gen/%.c $(wildcard runtime/exec/prelude*.h)
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(STRIP_FLAGS) $(ISA_FLAGS) -MMD -MP -c -o $@ $<

-include $(OBJ:.o=.d) $(B)/obj/tools/ast_main.d $(STRIPOBJ:.o=.d) $(UNIT:=.d)

# ---- tests ----------------------------------------------------------------------------------------
$(B)/unit/%: tests/unit/%.c $(LIBOBJ) $(STRIPOBJ)
	@mkdir -p $(@D)
	@echo "  TEST  $<"
	@$(CC) $(BASE) $(CFLAGS) -MMD -MP $(LDSAN) -o $@ $< $(LIBOBJ) $(STRIPOBJ) -lcheck -lsubunit -lrt $(MPI_LIBS) $(LIBS)

# What the parser makes of files, for its comparison with CPython's (tests/lang/parser_differential.py).
AST_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(filter lexer/%.c parser/%.c,$(SRC)) runtime/base.c)
$(B)/cnx-ast: $(B)/obj/tools/ast_main.o $(AST_OBJ)
	@echo "  LINK  $@"
	@$(CC) $(LDSAN) -o $@ $^ $(LIBS)

units: $(UNIT) $(B)/cnx-ast
unit: $(UNIT) ## the unit tests alone
	@status=0; for t in $(UNIT); do $$t || status=1; done; exit $$status

setup-build:
	@tools/setup.sh build
setup-check:
	@tools/setup.sh check

demo: setup-build ## set up, build, run heat on two ranks
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@tools/demo.sh $(B)/cnx

check: setup-check ## set up, build, run every test
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@$(MAKE) --no-print-directory -j$$(nproc) units
	@$(MAKE) --no-print-directory test

test: $(B)/cnx $(B)/cnx-ast $(UNIT)
	@tests/run.sh $(B)

san: ## build with ASan and UBSan into build/san
	@$(MAKE) --no-print-directory B=build/san SAN=1 -j$$(nproc) all units

san-check: san ## the programs under the sanitizers, at 1 and 3 ranks
	@$(MAKE) --no-print-directory B=build/san SAN=1 san-test
san-test: $(UNIT) $(B)/cnx-ast
	@CNX_TEST_QUICK=1 CNX_TEST_OPTIONS="--ranks 1,3 --modes tiled --deadline 120" ASAN_OPTIONS=detect_leaks=0 tests/run.sh $(B)

slurm-check: $(B)/cnx ## every launch under Slurm, on a cluster of its own (root, slurmctld, slurmd, munge)
	@CNX=$(CURDIR)/$(B)/cnx python3 tests/slurm/run.py
	@CNX=$(CURDIR)/$(B)/cnx python3 tests/slurm/run.py --nodes 2 --netns

lint: ## formatting, static analysis, include directions
	@tools/lint.sh

bench: $(B)/cnx $(B)/bench/bodies ## timings beside NumPy, and of bodies beside C
	@$(B)/bench/bodies
	@python3 tests/bench/run.py --cnx $(B)/cnx
	@python3 tests/bench/small.py --cnx $(B)/cnx

$(B)/bench/bodies_c.o: tests/bench/bodies_c.c tests/bench/bodies.h
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(BASE) -O3 -march=native -c -o $@ $<

$(B)/bench/bodies: tests/bench/bodies.c tests/bench/bodies.h $(B)/bench/bodies_c.o $(LIBOBJ) $(STRIPOBJ)
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(BASE) $(CFLAGS) $(LDSAN) -o $@ $(filter-out %.h,$^) $(MPI_LIBS) $(LIBS)

install: all ## PREFIX= DESTDIR=
	install -Dm755 $(B)/cnx $(DESTDIR)$(PREFIX)/bin/cnx
	for f in samples/*.cnx; do install -Dm644 $$f $(DESTDIR)$(PREFIX)/share/cnx/samples/$${f##*/}; done

clean: ## remove build/
	rm -rf build

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14
