/* scope.h -- which variable every name means.  Replicated.
 *
 * scope_build walks a parsed tree once and gives each scope (module, function, lambda, class,
 * comprehension) the table of the names that occur in it, resolved as CPython 3.11's symbol table
 * resolves them; then `node->scope` and `name_node->name` are set.  It also raises the errors that
 * belong to names (global after use, nonlocal without binding, duplicate arguments, ...).
 *
 * How a name in a scope is reached (ScopeName.kind):
 *   NAME_LOCAL            a fast slot of a function, lambda or comprehension; in a module or class
 *                         body: an entry of its namespace (store there, load there; a load in a
 *                         class body that finds nothing falls back to globals, then builtins)
 *   NAME_CELL             a local that an inner scope also uses: lives in a cell this scope makes
 *                         when its frame begins (parameters move into theirs); functions only,
 *                         but for `__class__` in a class scope, see below
 *   NAME_FREE             a cell handed over by the enclosing scope through the closure.  In a
 *                         class body a load looks in the class's namespace first, then the cell
 *   NAME_GLOBAL_EXPLICIT  named by a `global` statement: always the module's namespace
 *   NAME_GLOBAL_IMPLICIT  module namespace, then builtins; in a class body its namespace first
 * In the module scope itself every kind but NAME_CELL and NAME_FREE means the module namespace: a
 * name that only functions declare global is there as NAME_GLOBAL_IMPLICIT.
 *
 * Where an expression is evaluated: decorators, defaults, annotations, base classes and class
 * keywords belong to the scope around the def, lambda or class; the first `for`'s iterable of a
 * comprehension is evaluated in the scope around it and handed in as parameter ".0" (always
 * names[0], slot 0 of a comprehension scope); everything else of a comprehension is inside.
 * A walrus inside comprehensions binds in the nearest scope that is not a comprehension.
 * Annotations of local variables in a function (`x: T`) are never evaluated.
 *
 * Class bodies: names with two leading underscores are mangled (`__x` in class C is `_C__x`): the
 * tables hold mangled names, use scope_find or a Name node's `name`.  A method that says `super`
 * or `__class__` has a free "__class__"; the class scope then has needs_class_cell set and owns the
 * cell (no table entry: the cell is filled with the class when it exists, and handed to closures by
 * that name).
 */
#ifndef PARSER_SCOPE_H
#define PARSER_SCOPE_H

#include "lexer/source.h"
#include "parser/ast.h"

typedef enum ScopeKind {
    SCOPE_MODULE,
    SCOPE_FUNCTION,
    SCOPE_LAMBDA,
    SCOPE_CLASS,
    SCOPE_LISTCOMP,
    SCOPE_SETCOMP,
    SCOPE_DICTCOMP,
    SCOPE_GENEXPR
} ScopeKind;

typedef enum NameKind {
    NAME_LOCAL,
    NAME_CELL,
    NAME_FREE,
    NAME_GLOBAL_EXPLICIT,
    NAME_GLOBAL_IMPLICIT
} NameKind;

enum {                          /* ScopeName.flags: how the name occurs in this scope itself */
       NAME_IS_PARAM = 1,       /* a parameter (of a comprehension: ".0") */
       NAME_IS_ASSIGNED = 2,    /* bound by =, for, with, except, def, class, import, del, walrus */
       NAME_IS_USED = 4,        /* read */
       NAME_IS_IMPORTED = 8,    /* bound by import */
       NAME_IS_ANNOTATED = 16,  /* x: T */
       NAME_IS_GLOBAL = 32,     /* named by `global` */
       NAME_IS_NONLOCAL = 64,   /* named by `nonlocal` */
       NAME_IS_ITERATION = 128, /* target of a comprehension's for */
       NAME_PASSES_CELL = 512,  /* class scope: bound here, and methods inside use a variable of the
                                   same name from further  out: the class code carries that cell
                                   (`cell` counts among nfrees) but itself never reads it */
       NAME_IN_NESTED =
           256 /* some scope inside this one (transitively) mentions this very variable;
                  for a module's names: any nested scope that reads or binds the global */
};

struct ScopeName {
    const char *name; /* mangled, interned in the parse's arena */
    uint16_t kind;    /* NameKind */
    uint16_t flags;
    int32_t slot; /* NAME_LOCAL in function-like scopes: 0..nlocals-1, parameters first in call
                     order (posonly, args, kwonly, *vararg, **kwarg).  A parameter that is a cell
                     keeps its slot here too.  Others: -1 */
    int32_t cell; /* NAME_CELL: 0..ncells-1;  NAME_FREE: 0..nfrees-1 (sorted by name);  else -1 */
};

struct Scope {
    ScopeKind kind;
    Node *node;
    Scope *parent;            /* NULL for the module */
    const char *name;         /* "f", "<lambda>", "<listcomp>", "<genexpr>", "<module>", ... */
    const char *qualname;     /* "C.f.<locals>.g" as __qualname__; "<module>" for the module */
    const char *private_name; /* the class whose name mangles here, or NULL */
    ScopeName *names;         /* in order of first occurrence; parameters first */
    int64_t nnames;
    int32_t nparams, nlocals, ncells, nfrees;
    Scope **children; /* scopes directly inside, in source order */
    int64_t nchildren;
    bool is_nested;        /* inside a function-like scope, at any depth */
    bool is_generator;     /* has yield, or is a generator expression */
    bool needs_class_cell; /* SCOPE_CLASS: some method refers to __class__ or super */
    bool has_free_children;
    bool uses_namespace; /* the code mentions locals, globals, vars, dir, eval or exec by name */
    bool has_docstring;
    bool has_return_value; /* some `return expr` */
    int32_t *table;        /* hash index over names, private */
    int64_t table_size;
};

/* Build the scopes of a whole tree (Module, Interactive or Expression).
 *   source  for error positions and texts; borrowed
 *   err     filled on failure
 * Returns the outermost scope (also tree->scope), or NULL with *err set. */
Scope *scope_build(Arena *arena, const Source *source, Node *tree, SyntaxErr *err);

/* The entry of `id` as written in the source (mangling applies) in this very scope; NULL: does not
 * occur. */
ScopeName *scope_find(const Scope *s, const char *id);

/* `id` mangled for code standing in `s` (attributes and keyword names need it too); `id` itself
 * when there is nothing to mangle. */
const char *scope_mangle(const Scope *s, Arena *arena, const char *id);

/* Text form for tests: one line per scope and name. */
void scope_dump(const Scope *s, Buf *out);

#endif
