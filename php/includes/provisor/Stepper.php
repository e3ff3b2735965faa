<?php

declare(strict_types=1);

namespace Provisor;

/** One running job of the core, whichever way it is reached. Ends, and forgets everything, when it is destroyed. */
interface Stepper
{
    /**
     * Runs the job to its next op or its end. The first call takes null, every other the reply to the last op.
     *
     * @return array{int, string} 1 and the op, 0 and the report, or a negative class and the error; each as JSON
     */
    public function step(?string $reply): array;
}
