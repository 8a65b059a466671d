import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// The tool asks for a default export; nothing of ours imports this file.
export default defineConfig({
  plugins: [react(), tailwind()],
  build: { target: 'es2023', cssMinify: true, reportCompressedSize: false },
  server: { proxy: { '/api': 'http://127.0.0.1:4400', '/login': 'http://127.0.0.1:4400' } },
})
