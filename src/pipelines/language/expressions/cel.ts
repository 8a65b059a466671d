/** Imported for what it does: from here on expressions can be read. */
import { celEnv, isCelError, isCelUint, parse, plan } from '@bufbuild/cel'
import { useCel } from './expression.ts'

useCel({ parse, plan, isCelError, isCelUint, environment: celEnv() })
