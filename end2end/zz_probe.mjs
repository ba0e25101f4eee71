import { chromium } from '@playwright/test';
import AxeBuilder from '@axe-core/playwright';
const b = await chromium.launch({executablePath:'/usr/bin/chromium',args:['--no-sandbox']});
const base='http://127.0.0.1:8778';
const H='0192f3a4b5c67d8e9fa0b1c2d3e4f501';
const pages={sign_in:'/sign-in',workbench:'/workloads',history:'/history.light.html',workload:'/workloads/wl_'+H,wops:'/workloads/wl_'+H+'/operations',wact:'/workloads/wl_'+H+'/activity',launch:'/compute/launch',nodes:'/platform/nodes',node:'/platform/nodes/node_'+H,nops:'/platform/nodes/node_'+H+'/operations',ncap:'/platform/nodes/node_'+H+'/capabilities',ncert:'/platform/nodes/node_'+H+'/certificate',plan:'/operations/plans/plan_'+H,operation:'/operations/op_'+H};
const only=process.argv[2];
for (const [n,p] of Object.entries(pages)) for (const scheme of ['light','dark']) {
  if (only && n!==only) continue;
  const ctx=await b.newContext({colorScheme:scheme,bypassCSP:true}); const pg=await ctx.newPage(); const msgs=[];
  pg.on('console',m=>msgs.push(m.type()+': '+m.text())); pg.on('pageerror',e=>msgs.push('PAGEERROR '+e.message.slice(0,300)));
  await pg.goto(base+p); 
  try{ await pg.waitForSelector('html[data-hydrated]',{timeout:8000}); }catch(e){msgs.push('NOT HYDRATED')}
  await pg.evaluate(s=>document.documentElement.dataset.theme=s,scheme);
  const r=await new AxeBuilder({page:pg}).analyze();
  for(const v of r.violations) msgs.push('AXE '+v.id+' '+v.impact+': '+v.nodes.slice(0,3).map(x=>x.target.join(' ')+' :: '+(x.any[0]?.message||x.failureSummary).slice(0,140)).join(' || '));
  if(scheme==='light'){ await pg.setViewportSize({width:320,height:800}); const o=await pg.evaluate(()=>[document.documentElement.scrollWidth,[...document.querySelectorAll('main *')].filter(e=>e.getBoundingClientRect().right>321&&!e.closest('pre,.localnav,.unseen')).slice(0,4).map(e=>e.tagName+'.'+e.className)]); if(o[0]>320) msgs.push('OVERFLOW '+JSON.stringify(o)); }
  console.log(n,scheme,msgs.length?'\n  '+msgs.join('\n  '):'ok'); await ctx.close();
}
await b.close();
