"""Random charts and events, from a seed: small enough to read, and with everything in them that can go wrong."""

import random

from appendix_d import ERROR, Failed, State, Transition, get_child_states, is_atomic, is_descendant, is_history, is_parallel

VARIABLES = ["x", "y"]
NAMES = ["a", "b", "c", "d"]


# How often an expression is one that may fail.
FAILING = 0.06


def divide(number):
    """A number from 0 on by one less than itself."""
    if number == 1:
        raise Failed()
    return number // (number - 1) if number > 1 else 0


class Expression:
    """The same thing twice: as text for Pawl and as a function for the oracle."""

    def __init__(self, cel, of):
        self.cel = cel
        self.of = of


def number(random):
    kind = random.randrange(4)
    name = random.choice(VARIABLES)
    if random.random() < FAILING:
        return Expression("context.%s / (context.%s - 1)" % (name, name), lambda run: divide(run.data[name]))
    if kind == 0:
        constant = random.randrange(5)
        return Expression(str(constant), lambda run: constant)
    if kind == 1:
        return Expression(
            "type(event.data) == int ? event.data : 4",
            lambda run: 4 if run.event["data"] is None else run.event["data"])
    step = random.randrange(1, 4)
    return Expression("(context.%s + %d) %% 5" % (name, step), lambda run: (run.data[name] + step) % 5)


def condition(random):
    name, limit = random.choice(VARIABLES), random.randrange(5)
    kind = random.randrange(5)
    if random.random() < FAILING:
        return Expression(
            "context.%s / (context.%s - 1) > 1" % (name, name), lambda run: divide(run.data[name]) > 1)
    if kind == 0:
        return Expression("context.%s == %d" % (name, limit), lambda run: run.data[name] == limit)
    if kind == 1:
        return Expression("context.%s != %d" % (name, limit), lambda run: run.data[name] != limit)
    if kind == 2:
        return Expression("event.data == %d" % limit, lambda run: run.event["data"] == limit)
    if kind == 3:
        return Expression("context.x < context.y", lambda run: run.data["x"] < run.data["y"])
    return Expression("context.%s < %d" % (name, limit), lambda run: run.data[name] < limit)


class Chart:
    def __init__(self, seed):
        self.seed = seed
        self.random = random.Random(seed)
        self.states = []
        self.transitions = []
        self.names = NAMES + [ERROR] if self.chance(0.3) else NAMES
        self.timers = []  # the states that own them
        self.invocations = []
        self.words = 0
        self.room = self.random.randrange(2, 12)
        self.is_finishing = self.chance(0.3)  # most regions have an end, and ways to it
        root = self.state("compound", None)
        self.grow(root, depth=0)
        for state in self.states:
            self.begin(state)
        for state in self.states:
            self.furnish(state)
        if self.is_finishing or self.chance(0.4):
            # Whatever happens inside is then seen from outside.
            self.transition(self.states[0], ("any", []), targets=[], guarded=0)
            self.transitions[-1].actions = []
        self.data = {name: self.random.randrange(3) for name in VARIABLES}
        self.events = [self.event() for _ in range(self.random.randrange(3, 10))]

    def chance(self, probability):
        return self.random.random() < probability

    # The tree.

    def state(self, kind, parent):
        state = State(len(self.states), kind, parent)
        self.states.append(state)
        self.room -= 1
        return state

    def grow(self, state, depth):
        if is_parallel(state):
            for _ in range(self.random.choice([2, 2, 2, 3])):
                few = self.room <= 0 or depth >= 4
                self.add(state, self.pick({
                    "compound": 7, "parallel": 0 if few else 6 if self.is_finishing else 3,
                    "atomic": 0 if self.is_finishing else 2 if few else 1}), depth)
        else:
            for position in range(1 if self.is_finishing and depth else self.random.choice([1, 2, 2, 3, 3])):
                few = self.room <= 0 or depth >= 4
                self.add(state, self.pick({
                    "atomic": 5, "compound": 0 if few else 3, "parallel": 0 if few else 3 if depth else 6,
                    "final": 0 if position == 0 and not self.chance(0.1) else 3 if depth else 1}), depth)
            if self.is_finishing and depth and self.chance(0.95):
                self.add(state, "final", depth)
        if self.chance(0.25 if depth else 0.1):
            self.state(self.pick({"shallow": 1, "deep": 1}), state)

    def add(self, parent, kind, depth):
        state = self.state(kind, parent)
        if not is_atomic(state):
            self.grow(state, depth + 1)

    def pick(self, weights):
        return self.random.choices(list(weights), list(weights.values()))[0]

    # Where a state begins: SCXML wants a legal configuration below it.

    def begin(self, state):
        proper = get_child_states(state)
        if state.kind == "compound":
            histories = [child for child in state.children if is_history(child)]
            if histories and self.chance(0.1):
                state.initial = [self.random.choice(histories)]
            elif self.chance(0.2):
                state.initial = self.below(self.random.choice(proper))
            else:
                state.initial = [proper[0] if self.chance(0.7) else self.random.choice(proper)]
            state.initial_actions = self.actions(0.15)
        elif is_history(state):
            siblings = get_child_states(state.parent)
            if not is_parallel(state.parent):
                state.initial = self.below(self.random.choice(siblings))
            elif self.chance(0.5):
                state.initial = siblings
            else:
                state.initial = [t for region in self.some(siblings) for t in self.below(region)]
            state.initial_actions = self.actions(0.3)

    def some(self, things):
        return [thing for thing in things if self.chance(0.6)] or [self.random.choice(things)]

    def below(self, state):
        """States that can be active together, at least one, none inside another."""
        children = get_child_states(state)
        if not children or self.chance(0.3):
            return [state]
        if not is_parallel(state):
            return self.below(self.random.choice(children))
        return [target for region in self.some(children) for target in self.below(region)]

    # What is in a state.

    def furnish(self, state):
        if is_history(state):
            return
        for blocks in (state.entry, state.exit):
            while self.chance(0.2):
                blocks.append(self.actions(1))
        if state.kind == "final":
            if self.chance(0.4):
                state.output = number(self.random)
            return
        if state.parent is not None and self.chance(0.15):
            self.timers.append(state)
            state.timers.append(len(self.timers) - 1)
            self.transition(state, ("timer", state.timers[0]))
        if state.parent is not None and self.chance(0.12):
            self.invocations.append(state)
            state.invocations.append(len(self.invocations) - 1)
            self.transition(state, ("invoked", state.invocations[0]))
        if not is_atomic(state) and state.parent is not None and self.chance(0.2 if self.is_finishing else 0.5):
            self.transition(state, ("done", state.index))
        ends = [s for s in state.parent.children if s.kind == "final"] if state.parent else []
        if self.is_finishing and ends and self.chance(0.95):
            self.transition(state, ("named", self.random.choice(NAMES)), targets=[ends[0]], guarded=0.1)
        for _ in range(self.random.choice([0, 0, 0, 1] if self.is_finishing else [0, 1, 1, 2, 3])):
            kind = self.pick({"named": 10, "always": 1.2, "done": 2, "any": 0.5})
            if kind == "named":
                self.transition(state, (kind, self.random.choice(self.names)))
            elif kind == "always":
                self.transition(state, (kind, None), guarded=1)
                if self.chance(0.95):
                    self.spend(self.transitions[-1])
            elif kind == "done":
                around = [s for s in self.states[1:] if not is_atomic(s) and not is_history(s)]
                if around:
                    self.transition(state, (kind, self.random.choice(around).index))
            else:
                self.transition(state, (kind, ["done", "state"]))

    def transition(self, source, trigger, targets=None, guarded=0.3):
        transition = Transition(len(self.transitions), source, trigger)
        transition.internal = self.chance(0.75)
        transition.targets = self.targets(source) if targets is None else targets
        transition.guard = condition(self.random) if self.chance(guarded) else None
        transition.actions = self.actions(0.6 if trigger[0] == "always" else 0.3)
        self.transitions.append(transition)
        source.transitions.append(transition)

    def spend(self, transition):
        """Makes it one of those that are not enabled once more as soon as they were taken."""
        name, value = self.random.choice(VARIABLES), self.random.randrange(5)
        after = (value + self.random.randrange(1, 5)) % 5
        transition.guard = Expression("context.%s == %d" % (name, value), lambda run: run.data[name] == value)
        transition.actions = [("assign", name, Expression(str(after), lambda run: after))] + transition.actions

    def targets(self, source):
        if self.chance(0.12):
            return []
        around = [source] + source.ancestors
        parallel = next((state for state in around if is_parallel(state)), None)
        if parallel is not None and self.chance(0.6):
            # Regions are what this is about: some of this one and of those beside it.
            if self.chance(0.3):
                return self.below(parallel)
            candidates = [state for state in self.states if is_descendant(state, parallel)]
        else:
            candidates = self.states[1:]
            if self.chance(0.2):
                return self.below(self.random.choice([s for s in candidates if not is_history(s)]))
        return [self.random.choice(candidates)]

    def actions(self, probability):
        actions = []
        while self.chance(probability) and len(actions) < 3:
            probability = 0.35
            kind = self.pick({"emit": 5, "assign": 4, "raise": 1, "choose": 0.7})
            if kind == "emit":
                self.words += 1
                actions.append((kind, "w%d" % self.words, number(self.random)))
            elif kind == "assign":
                actions.append((kind, self.random.choice(VARIABLES), number(self.random)))
            elif kind == "raise":
                actions.append((kind, self.random.choice(NAMES), number(self.random)))
            else:
                branches = [(condition(self.random), self.actions(0.6)), (None, self.actions(0.6))]
                actions.append((kind, branches, None))
        return actions

    # What happens to it.

    def event(self):
        if self.timers and self.chance(0.15):
            timer = self.random.randrange(len(self.timers))
            return {"name": "after", "kind": "timer", "what": timer, "data": None}
        if self.invocations and self.chance(0.15):
            invocation = self.random.randrange(len(self.invocations))
            return {"name": "done.invoke", "kind": "invoked", "what": invocation, "data": self.random.randrange(5)}
        return {"name": self.random.choice(NAMES), "data": self.random.randrange(5)}

    # As JSON for Pawl.

    def json(self):
        return {
            "states": [self.state_json(state) for state in self.states],
            "transitions": [
                {
                    "source": t.source.index, "trigger": list(t.trigger), "guard": t.guard and t.guard.cel,
                    "targets": indices(t.targets), "internal": t.internal, "actions": actions_json(t.actions),
                } for t in self.transitions
            ],
            "timers": indices(self.timers),
            "invocations": indices(self.invocations),
            "data": self.data,
        }

    def state_json(self, state):
        return {
            "kind": state.kind,
            "parent": state.parent and state.parent.index,
            "children": indices(state.children),
            "last": max([state.index] + [s.index for s in self.states if is_descendant(s, state)]),
            "initial": indices(state.initial),
            "initialActions": actions_json(state.initial_actions),
            "entry": [actions_json(block) for block in state.entry],
            "exit": [actions_json(block) for block in state.exit],
            "transitions": indices(state.transitions),
            "timers": state.timers,
            "invocations": state.invocations,
            "output": state.output and state.output.cel,
        }


def indices(things):
    return [thing.index for thing in things]


def actions_json(actions):
    return [action_json(*action) for action in actions]


def action_json(kind, what, value):
    if kind == "choose":
        return [kind, [[condition and condition.cel, actions_json(branch)] for condition, branch in what], None]
    return [kind, what, value.cel]
