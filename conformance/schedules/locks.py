"""The locks of tasks: a switch point before each is taken, and where it is held, a wait that the scheduler knows of."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .tasks import Task, Tasks


class TaskMutex:
    """Mutual exclusion between tasks; not reentrant."""

    def __init__(self, tasks: "Tasks", name: str) -> None:
        self.name = name
        self.owner: Task | None = None
        self._held = False
        self._since = (0, 0)  # steps and opportunities when it was taken
        self._tasks = tasks
        self._contenders: list[Task] = []

    def __enter__(self) -> bool:
        self._tasks.switch("lock", self.name)
        self._acquire()
        return True

    def _acquire(self) -> None:
        task = self._tasks.current
        while self._held:
            if task is not None:
                self._contenders.append(task)
            self._tasks.block(self)
        self.owner, self._held = task, True
        self._since = (len(self._tasks.steps), self._tasks.opportunities)

    def __exit__(self, *failure: object) -> None:
        # Someone who comes while the lock is held must wait: there has to be a moment for that, if it is held for steps.
        steps, opportunities = self._since
        if len(self._tasks.steps) > steps:
            self._tasks.unlock(self.name, needed=self._tasks.opportunities == opportunities)
        self._release()

    def _release(self) -> None:
        self.owner, self._held = None, False
        if self._contenders:
            contenders, self._contenders = self._contenders, []
            for task in contenders:
                if task.waits_for is self:
                    self._tasks.wake(task)


class TaskMonitor(TaskMutex):
    """A mutex whose holder can wait until another holder says that something changed."""

    def __init__(self, tasks: "Tasks", name: str) -> None:
        super().__init__(tasks, name)
        self._waiting: list[Task] = []

    def wait(self, seconds: float | None = None) -> bool:
        """Let others in until one of them notifies, or until so much time passed."""
        tasks = self._tasks
        task = tasks.current
        self._release()
        if task is not None:
            self._waiting.append(task)
            task.operation, task.subject = "wake up", self.name
        tasks.block(self, deadline=None if seconds is None else tasks.clock + max(seconds, 0.0))
        if task in self._waiting:  # woken by the clock
            self._waiting.remove(task)
        self._acquire()
        return True

    def notify_all(self) -> None:
        """Everyone who waits in it may look again, once it is free."""
        waiting, self._waiting = self._waiting, []
        self._contenders += waiting
